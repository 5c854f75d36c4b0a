"""docs/reference/serializers.md held to the code: it names all there is to name, and its tables say what is said."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pyrest import Endpoint, MemoryDataStore, Misdeclared, Wrapper, serializers
from pyrest.models.fields.options import MESSAGES, constructor_options, messages_of
from pyrest.serializers.declaring import MAX_DEPTH, META_OPTIONS
from pyrest.serializers.policies import OPTIONS as POLICY_OPTIONS
from tests.markdown import ROOT, blocks, code, section, tables

TEXT = (ROOT / "docs" / "reference" / "serializers.md").read_text()
FIELDS = [kind for kind in vars(serializers).values() if isinstance(kind, type) and issubclass(kind, serializers.SerializerField)]


def first_table(title: str) -> list[list[str]]:
    return tables(section(TEXT, title))[0][1:]


def named(text: str) -> set[str]:
    """What a text names in backticks; of a call, its arguments too."""
    return {word for span in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", span)}


def test_the_classes_are_all_there_are() -> None:
    assert {name for row in first_table("The classes") for name in re.findall(r"`(\w+)`", row[0])} == set(serializers.__all__)


def test_meta_has_every_option_and_no_other() -> None:
    assert [code(row[0]) for row in first_table("Meta")] == list(META_OPTIONS)


def test_a_policy_has_every_option_and_no_other() -> None:
    assert [code(row[0]).strip('"') for row in first_table("Nested objects")] == list(POLICY_OPTIONS)


def test_options_of_every_field() -> None:
    assert [code(row[0]) for row in first_table("Options of every field")] == list(constructor_options(serializers.SerializerField))


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_every_option_of_a_constructor_is_explained(kind: type[Any]) -> None:
    explained = {name for table in tables(TEXT) if table[0][0] in ("option", "argument") for row in table for name in named(row[0])}
    explained |= {name for row in first_table("Other fields") for name in named(row[1])}
    assert set(constructor_options(kind)) <= explained


@pytest.mark.parametrize(
    "name", ["data", "is_valid", "errors", "validated_data", "save", "create", "update", "validate", "to_representation"]
)
def test_what_a_serializer_can_do(name: str) -> None:
    assert hasattr(serializers.Serializer, name)
    assert name in {word for row in tables(section(TEXT, "Using a serializer"))[1] for word in named(row[0])}


def messages_in_the_table() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for kind, key, message in first_table("Messages"):
        found.setdefault(code(kind) or list(found)[-1], {})[code(key)] = code(message)
    return found


def test_messages_of_every_field() -> None:
    assert messages_in_the_table()["SerializerField"] == MESSAGES


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_messages_of_a_class(kind: type[Any]) -> None:
    shown = messages_in_the_table()
    lineage = [base.__name__ for base in reversed(kind.__mro__) if base.__name__ in shown]
    assert {key: text for name in lineage for key, text in shown[name].items()} == dict(messages_of(kind, None))


def test_the_greatest_depth() -> None:
    assert dict(row[:2] for row in first_table("Limits"))["`depth`"] == str(MAX_DEPTH)


# Wrong declarations.


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """The models and serializers of the page, without its store."""
    names: dict[str, Any] = {"__name__": "page"}
    source = next(block.text for block in blocks(TEXT) if block.language == "python")
    exec(source[: source.index("store = ")], names)
    return names


def wrong(title: str) -> list[Any]:
    return [pytest.param(code(line), message, id=code(line)[:80]) for line, message in first_table(title)]


@pytest.mark.parametrize(("line", "message"), wrong("In the body of a class"))
def test_what_a_wrong_field_is_told(page: dict[str, Any], line: str, message: str) -> None:
    assert refusal(page, [line], []) == message


@pytest.mark.parametrize(("line", "message"), wrong("In Meta"))
def test_what_a_wrong_meta_is_told(page: dict[str, Any], line: str, message: str) -> None:
    assert refusal(page, [], [line]) == message


@pytest.mark.parametrize(("line", "message"), wrong("In Meta.nested"))
def test_what_a_wrong_policy_is_told(page: dict[str, Any], line: str, message: str) -> None:
    assert refusal(page, ["tracks = TrackSerializer(many=True)"], [f"nested = {line}"]) == message


def refusal(page: dict[str, Any], body: list[str], meta: list[str]) -> str:
    """What is said of a serializer of `Album` with these lines, when its class or its app is made."""
    names = dict(page)
    lines = [*(f"    {line}" for line in body), "    class Meta:", "        model = Album", *(f"        {line}" for line in meta)]
    with pytest.raises(Misdeclared) as refused:
        exec("\n".join(["class S(serializers.ModelSerializer):", *lines]), names)
        reading = {"serializer": names["S"], "list_methods": ("GET",), "detail_methods": ("GET",)}
        albums = type("Albums", (Endpoint,), reading)
        Wrapper([albums, names["Artist"], names["Tag"], names["Track"]], datastore=MemoryDataStore())
    return str(refused.value)
