"""The grammar of trees in a query string, as a table: texts → Qs, and what is said of texts that are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrest.errors import BadParameter, Invalid
from pyrest.q import Q
from pyrest.trees import CONNECTORS, MAX_DEPTH, MAX_TERMS, split, tree

PARIS = Q(city="Paris")


@pytest.mark.parametrize(
    ("connector", "text", "q"),
    [
        ("and", "(city=Paris)", PARIS),
        ("and", "(city=Paris,number__gt=3)", Q(city="Paris", number__gt="3")),
        ("or", "(city=Paris)", Q.of("or", (("city", "Paris"),), ())),
        ("or", "(city=Paris,city=Lyon)", Q.of("or", (("city", "Paris"), ("city", "Lyon")), ())),
        ("not", "(city=Paris)", Q.of("and", (("city", "Paris"),), (), negated=True)),
        ("not", "(city=Paris,number=3)", Q.of("and", (("city", "Paris"), ("number", "3")), (), negated=True)),
        ("or", "(city=Paris,and=(city=Lyon,number__gt=3))", Q.of("or", (("city", "Paris"),), (Q(city="Lyon", number__gt="3"),))),
        ("and", "(or=(a=1,b=2),or=(c=3))", Q.of("and", (), (
            Q.of("or", (("a", "1"), ("b", "2")), ()), Q.of("or", (("c", "3"),), ())))),
        ("not", "(or=(a=1,not=(b=2)))", Q.of("and", (), (
            Q.of("or", (("a", "1"),), (Q.of("and", (("b", "2"),), (), negated=True),)),), negated=True)),
        ("and", "(not=(a=1),b=2)", Q.of("and", (("b", "2"),), (Q.of("and", (("a", "1"),), (), negated=True),))),
    ],
    ids=str,
)  # fmt: skip
def test_a_group_is_a_q(connector: str, text: str, q: Q) -> None:
    assert repr(tree(connector, text)) == repr(q)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Paris", "Paris"),
        ("", ""),
        ("a b", "a b"),
        (" a ", " a "),
        ("a=b", "a=b"),
        ("a:b;c/d?e&f", "a:b;c/d?e&f"),
        ("5'10\"", "5'10\""),
        ("back\\slash", "back\\slash"),
        ("Zürich 𝄞", "Zürich 𝄞"),
        ('""', ""),
        ('"Lyon, Rhône"', "Lyon, Rhône"),
        ('"(a)"', "(a)"),
        ('"a \\"quote\\""', 'a "quote"'),
        ('"back\\\\slash"', "back\\slash"),
        ('"\\a"', "a"),
        ('"two\nlines"', "two\nlines"),
        ("(Paris)", ["Paris"]),
        ("(Paris,Lyon)", ["Paris", "Lyon"]),
        ('("Lyon, Rhône",Paris)', ["Lyon, Rhône", "Paris"]),
        ("()", [""]),
        ("(,a,)", ["", "a", ""]),
    ],
    ids=ascii,
)
def test_a_value_is_a_text_or_a_list(text: str, value: object) -> None:
    assert tree("and", f"(city={text},b=2)").lookups == (("city", value), ("b", "2"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("(a__b__gt=1)", "a__b__gt"),
        ("(extras__main colour=1)", "extras__main colour"),
        ("(é=1)", "é"),
        ("(And=1)", "And"),
        ("( a=1)", " a"),
    ],
)
def test_a_name_is_everything_before_the_equals_sign(text: str, name: str) -> None:
    assert tree("and", text).lookups == ((name, "1"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "A ( is expected at character 1."),
        ("city=Paris", "A ( is expected at character 1."),
        (" (city=Paris)", "A ( is expected at character 1."),
        ("(", "A name and = is expected at character 2."),
        ("()", "A name and = is expected at character 2."),
        ("(city)", "A name and = is expected at character 2."),
        ("(=Paris)", "A name and = is expected at character 2."),
        ('("city"=Paris)', "A name and = is expected at character 2."),
        ("((city=Paris))", "A name and = is expected at character 2."),
        ("(city=Paris,)", "A name and = is expected at character 13."),
        ("(city=Paris,,b=2)", "A name and = is expected at character 13."),
        ("(city=Paris", "A comma or a ) is expected at character 12."),
        ('(city="Paris"x)', "A comma or a ) is expected at character 14."),
        ("(city=Par(is))", "A comma or a ) is expected at character 10."),
        ("(city=(a,b)", "A comma or a ) is expected at character 12."),
        ("(city=(a,b", "A comma or a ) is expected at character 11."),
        ("(city=(a,(b)))", "A comma or a ) is expected at character 10."),
        ("(city=Paris))", "The end is expected at character 13."),
        ("(city=Paris) ", "The end is expected at character 13."),
        ("(city=Paris),b=2", "The end is expected at character 13."),
        ("(or=)", "A ( is expected at character 5."),
        ("(or=city)", "A ( is expected at character 5."),
        ("(not=(a=1)", "A comma or a ) is expected at character 11."),
        ('(city="Paris)', "A quote is not closed."),
        ('(city="Paris\\")', "A quote is not closed."),
        ('(city=("a,b))', "A quote is not closed."),
    ],
)
@pytest.mark.parametrize("connector", CONNECTORS)
def test_a_text_that_is_no_group_is_told_what_is_expected_and_where(connector: str, text: str, said: str) -> None:
    with pytest.raises(BadParameter) as refusal:
        tree(connector, text)
    assert (refusal.value.name, str(refusal.value)) == (connector, f'"{connector}": {said}')


def nested(levels: int) -> str:
    return "(not=" * (levels - 1) + "(a=1)" + ")" * (levels - 1)


def test_groups_stand_so_deep_within_each_other_and_no_deeper() -> None:
    assert repr(tree("and", nested(MAX_DEPTH))).count("~") == MAX_DEPTH - 1
    for levels in (MAX_DEPTH + 1, 50_000):
        with pytest.raises(BadParameter, match=f"At most {MAX_DEPTH} groups stand within each other"):
            tree("and", nested(levels))


def test_a_tree_has_so_many_conditions_and_no_more() -> None:
    assert len(tree("or", f"({','.join(['a=1'] * MAX_TERMS)})").lookups) == MAX_TERMS
    with pytest.raises(BadParameter, match=f"There are more than {MAX_TERMS} conditions"):
        tree("or", f"({','.join(['a=1'] * (MAX_TERMS + 1))})")


def test_groups_count_as_conditions() -> None:
    with pytest.raises(BadParameter, match=f"There are more than {MAX_TERMS} conditions"):
        tree("or", f"({','.join(['and=(a=1)'] * (MAX_TERMS // 2 + 1))})")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", [""]),
        ("Paris", ["Paris"]),
        ("Paris,Lyon", ["Paris", "Lyon"]),
        ("Paris, Lyon", ["Paris", " Lyon"]),
        (",", ["", ""]),
        ('Paris,"Lyon, Rhône"', ["Paris", "Lyon, Rhône"]),
        ('"a","b"', ["a", "b"]),
        ('"\\"",\\', ['"', "\\"]),
        ("(Paris,Lyon)", ["Paris", "Lyon"]),
        ('("Lyon, Rhône")', ["Lyon, Rhône"]),
        ("()", [""]),
    ],
)
def test_a_list_that_stands_alone(text: str, values: list[str]) -> None:
    assert split(text) == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"Paris', "A quote is not closed."),
        ('"Paris"x', "A comma is expected at character 8."),
        ("Par(is)", "A comma is expected at character 4."),
        ("a,(b)", "A comma is expected at character 3."),
        ("(Paris,Lyon", "A comma or a ) is expected at character 12."),
        ("(Paris),Lyon", "The end is expected at character 8."),
    ],
)
def test_a_list_that_cannot_be_read(text: str, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        split(text)
    assert str(refusal.value) == said


@given(st.text(alphabet='ab=,()"\\'))
@settings(deadline=None)
def test_any_text_is_a_group_or_refused(text: str) -> None:
    try:
        found = tree("or", f"({text})")
    except BadParameter as refusal:
        assert str(refusal)
    else:
        assert found.lookups or found.parts


def written(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.lists(st.text(), min_size=1, max_size=5))
@settings(deadline=None)
def test_any_value_can_be_written_in_quotes(values: list[str]) -> None:
    text = ",".join(map(written, values))
    assert split(text) == values
    assert tree("and", f"(a=({text}))").lookups == (("a", values),)
