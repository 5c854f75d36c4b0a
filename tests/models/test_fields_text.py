"""Texts, both ways: any text that SQLite and JSON can carry, e-mail addresses, URLs, slugs."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest.errors import Invalid, Misdeclared
from pyrest.models import EmailField, Field, SlugField, StringField, URLField
from tests.models.examples import (
    JSON_VALUES,
    NO_TEXTS,
    TEXTS,
    bound,
    exactly,
    loads_or_refuses,
    parses_or_refuses,
    refusal_of,
    refusal_of_text,
)

NO_STRING = "Not a valid string."
NULL_CHARACTER = "Null characters are not allowed."
SURROGATE = "Lone surrogates are not allowed."
NO_EMAIL = "Enter a valid email address."
NO_URL = "Enter a valid URL."
NO_SLUG = "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."

STRING, EMAIL, URL, SLUG = StringField(), EmailField(), URLField(), SlugField()
TEXT_FIELDS = [STRING, EMAIL, URL, SLUG]


@pytest.mark.parametrize(
    "text",
    ["", " ", "  two  ", "line\nline\r\n", "tab\t", "\x01\x7f", "größe", "e\u0301", "日本", "\U0001f600", "\ufeff", "\uffff", "null", "12"],
    ids=repr,
)
def test_a_text_is_kept_as_it_is_in_every_direction(text: str) -> None:
    field = bound(STRING)
    assert field.load(text) == field.parse(text) == field.dump(text) == field.coerce(text) == text


@pytest.mark.parametrize("field", TEXT_FIELDS, ids=repr)
@pytest.mark.parametrize("sent", NO_TEXTS, ids=repr)
def test_what_is_no_text_is_refused(field: Field[Any], sent: object) -> None:
    assert refusal_of(field, sent) == NO_STRING


@pytest.mark.parametrize("field", TEXT_FIELDS, ids=repr)
@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("\x00", NULL_CHARACTER),
        ("a\x00b", NULL_CHARACTER),
        ("\ud800", SURROGATE),
        ("a\udfffb", SURROGATE),
        ("\ud83d\ude00", SURROGATE),
    ],
    ids=repr,
)
def test_what_cannot_be_kept_is_refused_in_a_body_and_in_a_query(field: Field[Any], sent: str, message: str) -> None:
    assert refusal_of(field, sent) == message
    assert refusal_of_text(field, sent) == message


def test_a_subclass_of_str_is_no_text() -> None:
    class Colour(StrEnum):
        RED = "red"

    with pytest.raises(Invalid):
        bound(STRING).coerce(Colour.RED)


# Limits


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (StringField(max_length=3), "abc"),
        (StringField(max_length=3), "日本語"),
        (StringField(max_length=1), "\U0001f600"),
        (StringField(max_length=0), ""),
        (StringField(min_length=3), "abc"),
        (StringField(pattern="[a-z]+"), "abc"),
        (StringField(pattern="a|ab"), "ab"),
        (StringField(pattern=""), ""),
        (StringField(choices=("red", "blue")), "red"),
        (StringField(choices=(("r", "Red"), ("b", "Blue"))), "b"),
    ],
    ids=repr,
)
def test_within_its_limits(field: StringField, text: str) -> None:
    assert bound(field).load(text) == text


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        (StringField(max_length=3), "abcd", "Ensure this field has no more than 3 characters."),
        (StringField(max_length=1), "e\u0301", "Ensure this field has no more than 1 characters."),
        (StringField(min_length=3), "ab", "Ensure this field has at least 3 characters."),
        (StringField(min_length=1), "", "Ensure this field has at least 1 characters."),
        (StringField(pattern="[a-z]+"), "abc1", "This value does not match the pattern [a-z]+"),
        (StringField(pattern="[a-z]+"), "abc\n", "This value does not match the pattern [a-z]+"),
        (StringField(pattern="^[a-z]+$"), "abc\n", "This value does not match the pattern ^[a-z]+$"),
        (StringField(choices=("red", "blue")), "green", '"green" is not a valid choice.'),
        (StringField(choices=("red", "blue")), "Red", '"Red" is not a valid choice.'),
        (StringField(choices=(("r", "Red"), ("b", "Blue"))), "Red", '"Red" is not a valid choice.'),
        (StringField(choices=("red",)), "", '"" is not a valid choice.'),
        (EmailField(max_length=10), "anna@example.org", "Ensure this field has no more than 10 characters."),
    ],
    ids=repr,
)
def test_beyond_its_limits(field: StringField, text: str, message: str) -> None:
    assert refusal_of(field, text) == message


def test_limits_do_not_narrow_a_filter() -> None:
    assert bound(StringField(max_length=3, choices=("red",))).parse("green") == "green"


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (StringField(max_length=-1), "Row.value: max_length is a number of characters, not -1"),
        (StringField(max_length=True), "Row.value: max_length is a number of characters, not True"),
        (StringField(min_length=1.5), "Row.value: min_length is a number of characters, not 1.5"),
        (StringField(min_length=3, max_length=2), "Row.value: min_length is greater than max_length"),
        (StringField(pattern=b"a"), "Row.value: pattern is the text of a regular expression, not b'a'"),
        (StringField(choices="red"), "Row.value: choices is a list of values, not 'red'"),
        (StringField(choices=("red", 1)), "Row.value: choices 1: Not a valid string."),
        (StringField(choices=("ok", "off"), max_length=2), "Row.value: choices 'off': Ensure this field has no more than 2 characters."),
        (StringField(default="\x00"), "Row.value: default '\\x00': Null characters are not allowed."),
        (StringField(default="green", choices=("red",)), "Row.value: default 'green': \"green\" is not a valid choice."),
        (EmailField(default="anna"), "Row.value: default 'anna': Enter a valid email address."),
    ],
    ids=repr,
)
def test_wrong_limits(field: StringField, message: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        bound(field)
    assert str(refusal.value) == message


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(Misdeclared, match=r"Row\.value: pattern is no regular expression: "):
        bound(StringField(pattern="[a-z"))


# E-mail addresses


@pytest.mark.parametrize(
    "address",
    [
        "anna@example.org",
        "Anna.Dupont+tag@Example.ORG",
        "o'neil@example.co.uk",
        "a@b.io",
        "_@a-b.example",
        "!#$%&'*+/=?^_`{|}~-@example.org",
        "anna@xn--bcher-kva.example",
        "anna@123.456.example",
        pytest.param("a" * 242 + "@example.org", id="254 characters"),
    ],
)
def test_an_email_address(address: str) -> None:
    assert bound(EMAIL).load(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@",
        "@example.org",
        "anna@localhost",
        "anna@example",
        "anna@example.",
        "anna@.org",
        "anna@example..org",
        "anna@-example.org",
        "anna@example-.org",
        "anna@example.-org",
        "anna@b.--",
        "anna@example.o",
        "anna@@example.org",
        "anna@b@example.org",
        "an na@example.org",
        " anna@example.org",
        "anna@example.org ",
        "anna@example.org\n",
        "anna@example.org\r\nBcc: all@example.org",
        "anna@exam ple.org",
        "anna@[127.0.0.1]",
        '"anna b"@example.org',
        "Anna <anna@example.org>",
        "anna,berta@example.org",
        "anna@bücher.example",
        "ännä@example.org",
        "anna@example.\u017f\u017f",  # small letters that fold to s and k
        "anna@example.o\u212a",
        pytest.param("a" * 243 + "@example.org", id="255 characters"),
        pytest.param("anna@" + "a" * 64 + ".org", id="a label of 64 characters"),
        pytest.param("a@" + "a." * 40_000, id="eighty thousand characters"),
    ],
)
def test_no_email_address(address: str) -> None:
    assert refusal_of(EMAIL, address) == NO_EMAIL


# URLs


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https://example.org/",
        "HTTPS://EXAMPLE.ORG/",
        "http://localhost:5000/users/?address=1#top",
        "http://example.org:/",
        "http://example.org./",
        "http://127.0.0.1:65535",
        "http://[::1]/",
        "http://[2001:DB8::7]:8080/x",
        "http://anna:secret@example.org/",
        "http://example.org?a=b",
        "http://example.org#top",
        "http://example.org/a%20b/%E2%82%AC",
        "http://example.org/a(b)[c];d,e'f!~*",
        "http://bücher.example/straße?ü=ü",
        "http://例え.テスト/",
        "http://a_b.example/",
    ],
)
def test_a_url(url: str) -> None:
    assert bound(URL).load(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "/users/1/",
        "http:example.org",
        "http:/example.org",
        "http://",
        "http:///users/",
        "http://:80/",
        "http://anna@/",
        "http://..",
        "http://.example.org/",
        "http://a..example.org/",
        "http://anna@evil.example@example.org/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:eighty/",
        "http://example.org:８０/",
        "http://example.org：80/",
        "http://example.org／@evil.example/",
        "http://[::1/",
        "http://::1]/",
        "http://a[::1]b/",
        "http://[nothing]/",
        "http://[1::2::3]/",
        "http://[fe80::1%25eth0]/",
        "javascript:alert(1)",
        "javascript://example.org/%0aalert(1)",
        "data:text/html,<script>",
        "ftp://example.org/",
        "file:///etc/passwd",
        "mailto:anna@example.org",
        " http://example.org",
        "http://example.org ",
        "http://example.org\n",
        "http://exam\tple.org",
        "ht\ntp://example.org",
        "http://example.org/a b",
        "http://example.org/\u00a0",
        "http://example.org/\u2028",
        "http://example.org/<b>",
        'http://example.org/"',
        "http://example.org\\@evil.example/",
        "http://example.org/%zz",
        "http://example.org/%4",
        "http://example.org/\u202egpj.exe",
        "http://example.org/\x1b[31m",
    ],
    ids=ascii,
)
def test_no_url(url: str) -> None:
    assert refusal_of(URL, url) == NO_URL


# Slugs


@pytest.mark.parametrize("slug", ["a", "for-those-about-to-rock", "A_1", "-", "_", "0"])
def test_a_slug(slug: str) -> None:
    assert bound(SLUG).load(slug) == slug


@pytest.mark.parametrize("slug", ["", "a b", "a/b", "a.b", "größe", "a\n", "١", "a%20b", "ſ"], ids=repr)
def test_no_slug(slug: str) -> None:
    assert refusal_of(SLUG, slug) == NO_SLUG


@pytest.mark.parametrize("field", [EMAIL, URL, SLUG], ids=repr)
def test_a_filter_may_ask_for_a_text_of_another_form(field: Field[Any]) -> None:
    assert bound(field).parse("no such thing") == "no such thing"


# For all values

VALUES = {
    STRING: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    EMAIL: st.from_regex(r"[a-z0-9.!+_-]{1,64}@([a-z0-9]{1,30}\.){1,3}[a-z]{2,10}", fullmatch=True),
    URL: st.from_regex(r"https?://[a-z0-9-]{1,20}(\.[a-z0-9-]{1,20}){0,3}(:[1-9][0-9]{0,3})?(/[a-z0-9._~-]{0,9}){0,3}", fullmatch=True),
    SLUG: st.from_regex(r"[-a-zA-Z0-9_]{1,50}", fullmatch=True),
}


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(data=st.data())
@settings(deadline=None)
def test_what_is_shown_loads_and_parses_as_what_it_was(field: Field[Any], data: st.DataObject) -> None:
    value = data.draw(VALUES[field])
    shown = bound(field).dump(value)
    assert exactly(bound(field).load(shown)) == exactly(bound(field).parse(shown)) == exactly(value)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(sent=JSON_VALUES)
@settings(deadline=None)
def test_a_value_of_json_is_loaded_or_invalid(field: Field[Any], sent: object) -> None:
    loads_or_refuses(field, sent)


@pytest.mark.parametrize("field", VALUES, ids=repr)
@given(text=TEXTS | st.from_regex(r"https?://\S*[@\[\]:.%]\S*|\S+@\S+"))
@settings(deadline=None)
def test_a_text_is_loaded_and_parsed_or_invalid(field: Field[Any], text: str) -> None:
    loads_or_refuses(field, text)
    parses_or_refuses(field, text)


@given(text=TEXTS)
@settings(deadline=None)
def test_a_text_is_taken_exactly_when_utf_8_can_carry_it(text: str) -> None:
    try:
        kept = bound(STRING).load(text)
    except Invalid:
        assert "\x00" in text or text.encode("utf-8", "replace").decode() != text
    else:
        assert kept is not None
        assert kept.encode().decode() == text
