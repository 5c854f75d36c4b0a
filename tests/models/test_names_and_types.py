"""What `pyrest.models` exports: names that are not ours lead to ours, and mypy knows the types of values and fields."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pyrest import models
from pyrest.errors import Misdeclared

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("CharField", "StringField"),
        ("TextField", "StringField"),
        ("AutoField", "PkField"),
        ("BigIntegerField", "IntegerField"),
        ("PositiveIntegerField", "IntegerField(min=0)"),
        ("ChoiceField", "StringField(choices=…)"),
        ("NullBooleanField", "BooleanField"),
        ("Column", "StringField"),
    ],
)
def test_the_fields_of_other_frameworks_are_named_as_ours(name: str, ours: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        getattr(models, name)
    assert str(refusal.value) == f"pyrest has no models.{name}; use models.{ours}"


def test_every_name_that_is_suggested_exists() -> None:
    suggested = {ours.partition("(")[0] for ours in models._ELSEWHERE.values()}
    assert suggested <= set(models.__all__)
    assert not set(models._ELSEWHERE) & set(models.__all__)


def test_importing_a_field_of_another_framework_says_the_same() -> None:
    with pytest.raises(Misdeclared, match=r"use models\.StringField$"):
        from pyrest.models import CharField  # noqa: F401 - the import itself is refused


def test_a_field_misspelt() -> None:
    with pytest.raises(AttributeError, match=r"""no attribute 'Stringfield'; did you mean "StringField"\?$"""):
        models.Stringfield  # noqa: B018 - to read it is what is tested


SNIPPET = """
from pyrest import models

class Address(models.Model):
    number = models.IntegerField(required=True)
    id = models.PkField()

class User(models.Model):
    first_name = models.StringField(required=True)
    address = models.IntegerField(foreign=("address", "id"))
    id = models.PkField()

def shown(user: User, address: Address) -> None:
    reveal_type(user.first_name)
    reveal_type(address.number)
    reveal_type(user.id)
    reveal_type(User.first_name)
    Address.number.min_length
    user.first_name.upper() + address.number
"""


def test_mypy_knows_the_types_of_values_and_of_fields(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed: pip install -e '.[dev]'")
    snippet = tmp_path / "snippet.py"
    snippet.write_text(SNIPPET)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path}", "--no-error-summary", str(snippet)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert said.stderr == ""
    assert [line.partition(": ")[2].replace("builtins.", "") for line in said.stdout.splitlines()] == [
        'note: Revealed type is "str"',
        'note: Revealed type is "int"',
        'note: Revealed type is "int"',
        'note: Revealed type is "pyrest.models.fields.text.StringField"',
        'error: "IntegerField" has no attribute "min_length"  [attr-defined]',
        'error: Unsupported operand types for + ("str" and "int")  [operator]',
    ]
