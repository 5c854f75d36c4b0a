"""What the texts of fields look like: the patterns take what the fields take, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrest import models
from pyrest.errors import Invalid
from pyrest.models.model import declaration
from pyrest.openapi.values import value_schema

DIGITS = "[0-9]{1,2}"
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat())


def field(made: Any) -> Any:
    """A field that knows its name."""
    return declaration(type("Made", (models.Model,), {"id": models.PkField(), "value": made})).fields["value"]


NEARLY: dict[str, tuple[Any, str, st.SearchStrategy[str]]] = {
    "url": (models.URLField, r"https?://[a-z@:\[\]./?#%0-9ü]{0,12}", st.ip_addresses(v=6).map("http://[{}]:443/".format)),
    "email": (models.EmailField, r"[a-z.+ü]{0,3}@[a-z.-]{0,6}\.[a-z-]{1,3}", st.emails()),
    "slug": (models.SlugField, r"[-_a-z0-9 ü]{0,4}", st.just("a-b")),
    "time": (models.TimeField, rf"{DIGITS}:{DIGITS}(:{DIGITS}(\.[0-9]{{0,7}})?)?", st.times().map(lambda time: time.isoformat())),
    "moment": (lambda: models.DateTimeField(naive=True), rf"(20|00)[0-9]{{2}}-{DIGITS}-{DIGITS}[Tt ]{DIGITS}:{DIGITS}", MOMENTS),
    "leap": (lambda: models.DateTimeField(naive=True), r"[0-9]{2}[0-4]0-(02-29|[0-9]{2}-3[01])T00:00", MOMENTS),
    "price": (lambda: models.DecimalField(5, 2), r"-?(0|[1-9][0-9]{0,3})(\.[0-9]?[1-9]{1,2})?", st.just("12.50")),
}


@pytest.mark.parametrize("name", NEARLY)
def test_a_pattern_takes_what_the_field_takes(name: str, full: bool) -> None:
    make, nearly, usual = NEARLY[name]
    made = field(make())
    schema = value_schema(made)
    pattern, longest = re.compile(schema["pattern"]), schema.get("maxLength", 10_000)

    @settings(max_examples=500 if full else 60, deadline=None, suppress_health_check=[*HealthCheck])
    @given(usual | st.from_regex(re.compile(nearly, re.ASCII), fullmatch=True) | st.from_regex(pattern, fullmatch=True))
    def check(text: str) -> None:
        said = bool(pattern.search(text)) and len(text) <= longest and not text.endswith("\n")
        assert is_taken(made, text) == said, text

    check()


def is_taken(made: Any, text: str) -> bool:
    try:
        made.load(text)
    except Invalid:
        return False
    return True
