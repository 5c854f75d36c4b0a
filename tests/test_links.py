"""Paths of rows: what a key looks like in one, and which texts cannot stand in one."""

from __future__ import annotations

from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrest.links import addressable, collection_path, row_path

ROUND = UUID("12345678-1234-5678-1234-567812345678")


@pytest.mark.parametrize(
    ("base", "name", "path"),
    [
        ("", "users", "/users/"),
        ("/api", "users", "/api/users/"),
        ("/api/v1", "invoice_line", "/api/v1/invoice_line/"),
        ("", "odd name", "/odd%20name/"),
        ("", "größe", "/gr%C3%B6%C3%9Fe/"),
        ("", "a/b", "/a%2Fb/"),
    ],
)
def test_the_path_of_a_collection(base: str, name: str, path: str) -> None:
    assert collection_path(base, name) == path


@pytest.mark.parametrize(
    ("key", "path"),
    [
        (1, "/users/1/"),
        (0, "/users/0/"),
        (-1, "/users/-1/"),
        (2**63 - 1, "/users/9223372036854775807/"),
        ("anna", "/users/anna/"),
        ("a b", "/users/a%20b/"),
        ("a?b#c%d", "/users/a%3Fb%23c%25d/"),
        ("a+b;c=d&e", "/users/a%2Bb%3Bc%3Dd%26e/"),
        ("größe", "/users/gr%C3%B6%C3%9Fe/"),
        ("...", "/users/.../"),
        (ROUND, "/users/12345678-1234-5678-1234-567812345678/"),
    ],
)
def test_the_path_of_a_row(key: object, path: str) -> None:
    assert row_path("/users/", key) == path


@pytest.mark.parametrize("key", ["a", "...", ".a", "a.", "-", " ", "%2F", "größe"])
def test_a_text_that_can_be_one_segment_of_a_path(key: str) -> None:
    assert addressable(key)


@pytest.mark.parametrize("key", ["", ".", "..", "/", "a/b", "/a", "a/"])
def test_a_text_that_cannot_be_one_segment_of_a_path(key: str) -> None:
    assert not addressable(key)


@given(st.text(min_size=1).filter(addressable))
def test_an_addressable_key_is_one_segment_and_comes_back(key: str) -> None:
    segments = row_path("/users/", key).split("/")
    assert [*segments[:2], unquote(segments[2]), *segments[3:]] == ["", "users", key, ""]
