"""The grammar of `fields`, `omit` and `expand`, as tables: texts → shapes and arguments, and what is said of texts that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrest.errors import BadParameter
from pyrest.shapes import MAX_LENGTH, MAX_LEVELS, MAX_NAMES, SHAPING, Shape, Way, shaped

Arguments = dict[Way, list[tuple[str, str]]]


def of(**texts: str) -> Shape:
    return shaped({name: [text] for name, text in texts.items()}).shape


@pytest.mark.parametrize(
    ("texts", "shape"),
    [
        ({"fields": "title"}, Shape(("title",))),
        ({"fields": "year,title"}, Shape(("title", "year"))),
        ({"fields": "title,title"}, Shape(("title",))),
        ({"fields": "tracks(title)"}, Shape(("tracks",), ("tracks",), inner=(("tracks", Shape(("title",))),))),
        ({"fields": "tracks(title),tracks(id)"}, Shape(("tracks",), ("tracks",), inner=(("tracks", Shape(("id", "title"))),))),
        ({"fields": "a(b(c))"}, Shape(("a",), ("a",), inner=(("a", Shape(("b",), ("b",), inner=(("b", Shape(("c",))),))),))),
        ({"omit": "title,year"}, Shape(omit=("title", "year"))),
        ({"omit": "tracks(id),year"}, Shape(omit=("year",), inner=(("tracks", Shape(omit=("id",))),))),
        ({"expand": "artist"}, Shape(expand=("artist",))),
        ({"expand": "tracks(count=3),artist"}, Shape(expand=("artist", "tracks"), inner=(("tracks", Shape()),))),
        ({"expand": "tracks(fields=title)"}, Shape(expand=("tracks",), inner=(("tracks", Shape(("title",))),))),
        ({"expand": "tracks(fields=(title,id),omit=(id))"}, Shape(
            expand=("tracks",), inner=(("tracks", Shape(("id", "title"), omit=("id",))),))),
        ({"expand": "tracks(expand=genre)"}, Shape(expand=("tracks",), inner=(("tracks", Shape(expand=("genre",))),))),
        ({"expand": "a(expand=(b,c(expand=d)))"}, Shape(expand=("a",), inner=(
            ("a", Shape(expand=("b", "c"), inner=(("c", Shape(expand=("d",))),))),))),
        ({"fields": "title,tracks(title)", "expand": "tracks(count=3)"}, Shape(
            ("title", "tracks"), ("tracks",), (), ("tracks",), (("tracks", Shape(("title",))),))),
        ({"fields": "tracks(title)", "expand": "tracks(fields=id)"}, Shape(
            ("tracks",), ("tracks",), (), ("tracks",), (("tracks", Shape(("id", "title"))),))),
        ({"fields": "Größe, x"}, Shape((" x", "Größe"))),
    ],
    ids=str,
)  # fmt: skip
def test_a_shape(texts: dict[str, str], shape: Shape) -> None:
    assert of(**texts) == shape


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("artist", {}),
        ("tracks(count=3)", {("tracks",): [("count", "3")]}),
        ("tracks(ordering=-seconds)", {("tracks",): [("ordering", "-seconds")]}),
        ("tracks(ordering=(-seconds,title))", {("tracks",): [("ordering", "-seconds,title")]}),
        ("tracks(genre__name=Rock,count=3)", {("tracks",): [("genre__name", "Rock"), ("count", "3")]}),
        ('tracks(title="a, (b)")', {("tracks",): [("title", "a, (b)")]}),
        ('tracks(title="say \\"a\\"")', {("tracks",): [("title", 'say "a"')]}),
        ("tracks(title=)", {("tracks",): [("title", "")]}),
        ('tracks(title__in=(Lamps,"a, b"))', {("tracks",): [("title__in", '(Lamps,"a, b")')]}),
        ("tracks(or=(a=1,and=(b=2,c=3)),d=4)", {("tracks",): [("or", "(a=1,and=(b=2,c=3))"), ("d", "4")]}),
        ("tracks(a=1,a=2)", {("tracks",): [("a", "1"), ("a", "2")]}),
        ("a(x=1,expand=(b(y=2),c(z=3)))", {("a",): [("x", "1")], ("a", "b"): [("y", "2")], ("a", "c"): [("z", "3")]}),
        ("a(expand=b(y=2))", {("a", "b"): [("y", "2")]}),
    ],
)
def test_arguments(text: str, arguments: Arguments) -> None:
    assert shaped({"expand": [text]}).arguments == arguments


@pytest.mark.parametrize(
    ("parameter", "text", "message"),
    [
        ("fields", "", "A name is expected at character 1."),
        ("fields", "a,", "A name is expected at character 3."),
        ("fields", "a,,b", "A name is expected at character 3."),
        ("fields", "a(", "A name is expected at character 3."),
        ("fields", "a()", "A name is expected at character 3."),
        ("fields", "a(b", "A comma or a ) is expected at character 4."),
        ("fields", "a)", "A comma or the end is expected at character 2."),
        ("fields", "a(b)c", "A comma or the end is expected at character 5."),
        ("fields", "a=1", "A comma or the end is expected at character 2."),
        ("fields", "a(b=1)", "A comma or a ) is expected at character 4."),
        ("fields", '"a"', "A name is expected at character 1."),
        ("omit", "(a)", "A name is expected at character 1."),
        ("expand", "a(b)", 'A = is expected at character 4, as in "expand=b".'),
        ("expand", "a(count=3", "A comma or a ) is expected at character 10."),
        ("expand", 'a(b="c)', "A quote is not closed."),
        ("expand", "a(b=(c)", "A comma or a ) is expected at character 8."),
        ("expand", "a(fields=)", "A name is expected at character 10."),
        ("expand", "a(fields=b,c)", 'A = is expected at character 13, as in "expand=c".'),
        ("expand", "a(expand=(b)", "A comma or a ) is expected at character 13."),
        ("expand", "a(or=b)", "A ( is expected at character 6."),
        ("fields", "a(" * MAX_LEVELS + "a" + ")" * MAX_LEVELS, f"At most {MAX_LEVELS} levels stand within each other."),
        ("expand", "a(expand=" * MAX_LEVELS + "a" + ")" * MAX_LEVELS, f"At most {MAX_LEVELS} levels stand within each other."),
        ("fields", ",".join(["a"] * (MAX_NAMES + 1)), f"There are more than {MAX_NAMES} names."),
        ("expand", "a(" + ",".join(["a=1"] * MAX_NAMES) + ")", f"There are more than {MAX_NAMES} names."),
        ("omit", "a" * (MAX_LENGTH + 1), f"It has more than {MAX_LENGTH} characters."),
    ],
)
def test_no_shape(parameter: str, text: str, message: str) -> None:
    with pytest.raises(BadParameter) as refusal:
        of(**{parameter: text})
    assert str(refusal.value) == f'"{parameter}": {message}'


def test_names_are_counted_together() -> None:
    half = ",".join(["a"] * (MAX_NAMES // 2))
    assert of(fields=half, omit=half) == Shape(("a",), omit=("a",))
    with pytest.raises(BadParameter, match=f"more than {MAX_NAMES} names"):
        of(fields=half, omit=half, expand="a")


@pytest.mark.parametrize("text", ["a(" * (MAX_LEVELS - 1) + "a" + ")" * (MAX_LEVELS - 1), ",".join(["a"] * MAX_NAMES), "a" * MAX_LENGTH])
def test_up_to_a_limit(text: str) -> None:
    assert of(fields=text).fields is not None


def test_what_comes_to_the_same_is_equal() -> None:
    assert of(fields="b,a(d,c)", omit="y,x") == of(fields="a(c),b,a(d)", omit="x,y")
    assert hash(of(expand="b,a")) == hash(of(expand="a,b"))


def test_a_parameter_may_come_twice() -> None:
    assert shaped({"fields": ["a", "b"]}).shape == of(fields="a,b")


@given(st.sampled_from(SHAPING), st.text(alphabet='ab(),="\\_- é', max_size=40))
def test_any_text_is_a_shape_or_refused(parameter: str, text: str) -> None:
    try:
        found = shaped({parameter: [text]})
    except BadParameter as refusal:
        assert refusal.name == parameter
    else:
        assert found.shape != Shape()
