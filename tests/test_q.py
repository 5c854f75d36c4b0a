"""Q: lookups joined in Python, which become the same plan as the trees of a query string."""

from __future__ import annotations

from typing import Any

import pytest

from pyrest import Q as public
from pyrest import models
from pyrest.errors import UnknownName, ValidationError
from pyrest.models.model import declaration
from pyrest.paths import ModelNames, followed, where_of
from pyrest.plan import EVERYTHING, And, Compare, Not, Or, Where
from pyrest.q import Q
from pyrest.trees import tree


class Address(models.Model):
    id = models.PkField()
    city = models.StringField()
    number = models.StringField()


NAMES = ModelNames(declaration(Address), lambda: None)
PARIS, LYON, THREE = (Compare("city", "=", "Paris"), Compare("city", "=", "Lyon"), Compare("number", ">", "3"))


def where(q: Q) -> Where:
    return where_of(lambda name: followed(NAMES, name), q)


@pytest.mark.parametrize(
    ("q", "condition"),
    [
        (Q(), EVERYTHING),
        (Q(city="Paris"), PARIS),
        (Q(city="Paris", number__gt="3"), And((PARIS, THREE))),
        (Q(Q(city="Paris"), number__gt="3"), And((THREE, PARIS))),
        (Q(city="Paris") & Q(number__gt="3"), And((PARIS, THREE))),
        (Q(city="Paris") | Q(city="Lyon"), Or((PARIS, LYON))),
        (~Q(city="Paris"), Not(PARIS)),
        (~~Q(city="Paris"), Not(Not(PARIS))),
        (~Q(), Not(EVERYTHING)),
        (Q() | Q(city="Paris"), Or((EVERYTHING, PARIS))),
        (Q(city="Paris") | Q(city="Lyon") | Q(number__gt="3"), Or((PARIS, LYON, THREE))),
        (Q(city="Paris") | (Q(city="Lyon") | ~(Q(city="Paris") | Q(city="Lyon"))), Or((PARIS, LYON, Not(Or((PARIS, LYON)))))),
        (~(Q(city="Paris") | Q(city="Lyon")), Not(Or((PARIS, LYON)))),
        (Q(city="Paris") | Q(city="Lyon", number__gt="3"), Or((PARIS, And((LYON, THREE))))),
        ((Q(city="Paris") | Q(city="Lyon")) & ~Q(number__gt="3"), And((Or((PARIS, LYON)), Not(THREE)))),
        (Q(Q(city="Paris") | Q(city="Lyon"), number__gt="3"), And((THREE, Or((PARIS, LYON))))),
        (Q.of("or", (("city", "Paris"), ("city", "Lyon")), ()), Or((PARIS, LYON))),
        (Q.of("or", (), ()), Or()),
    ],
    ids=repr,
)
def test_a_q_is_a_condition(q: Q, condition: Where) -> None:
    assert where(q) == condition


@pytest.mark.parametrize(
    ("connector", "text", "q"),
    [
        ("or", "(city=Paris,city=Lyon)", Q(city="Paris") | Q(city="Lyon")),
        ("and", "(city=Paris,number__gt=3)", Q(city="Paris", number__gt="3")),
        ("not", "(city=Paris,number__gt=3)", ~Q(city="Paris", number__gt="3")),
        ("or", "(city=Paris,and=(city=Lyon,number__gt=3))", Q(city="Paris") | Q(city="Lyon", number__gt="3")),
        ("and", "(or=(city=Paris,city=Lyon),not=(number__gt=3))", (Q(city="Paris") | Q(city="Lyon")) & ~Q(number__gt="3")),
    ],
)
def test_trees_and_qs_are_the_same_condition(connector: str, text: str, q: Q) -> None:
    assert where(tree(connector, text)) == where(q)


@pytest.mark.parametrize(
    ("q", "text"),
    [
        (Q(), "Q()"),
        (Q(city="Paris", number=3), "Q(city='Paris', number=3)"),
        (~Q(city="Paris"), "~Q(Q(city='Paris'))"),
        (Q(city="Paris") & Q(number=3), "Q(Q(city='Paris'), Q(number=3))"),
        (Q(city="Paris") | Q(number=3), "(Q(city='Paris') | Q(number=3))"),
        (Q(~Q(number=3) | Q(city="Lyon"), city="Paris"), "Q((~Q(Q(number=3)) | Q(city='Lyon')), city='Paris')"),
    ],
    ids=str,
)
def test_a_q_is_spelt(q: Q, text: str) -> None:
    assert repr(q) == text


def test_joining_changes_neither_side() -> None:
    paris, lyon = Q(city="Paris"), Q(city="Lyon")
    assert (repr(paris | lyon), repr(~paris)) == ("(Q(city='Paris') | Q(city='Lyon'))", "~Q(Q(city='Paris'))")
    assert (repr(paris), repr(lyon)) == ("Q(city='Paris')", "Q(city='Lyon')")


@pytest.mark.parametrize("part", ["city", {"city": "Paris"}, None])
def test_a_q_is_made_of_qs(part: Any) -> None:
    with pytest.raises(TypeError, match="a Q is made of Qs and lookups, not of"):
        Q(part)
    with pytest.raises(TypeError, match="a Q is made of Qs and lookups, not of"):
        Q() | part


def test_faults_are_found_at_any_depth() -> None:
    with pytest.raises(UnknownName, match=r'unknown field "ctiy"; did you mean "city"\?'):
        where(Q(city="Paris") | ~(Q(city="Lyon") & Q(ctiy="Nice")))
    with pytest.raises(ValidationError, match="city__in: A list of values is required"):
        where(~Q(Q(city__in=5)))


def test_it_is_public() -> None:
    assert public is Q
