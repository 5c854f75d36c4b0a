"""Schemathesis reads the document, and asks a server process whatever that allows and excludes: all checks, all phases."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.openapi.apps import APPS, needs, serving_app
from tests.serving import REPOSITORY, Server

pytestmark = needs("schemathesis")

# Those of our own stand in for them: `schemathesis_hooks.py` says why.
REPLACED = "positive_data_acceptance,negative_data_rejection"


@pytest.mark.parametrize(("name", "phases"), [("book", "examples,fuzzing,stateful"), ("everything", "fuzzing")])
def test_the_document_says_what_the_api_does(tmp_path: Path, name: str, phases: str) -> None:
    with serving_app(name, tmp_path) as server:
        asked = ask(server, "--phases", phases, "--max-examples", "1")
    assert asked > 20


@pytest.mark.full
@pytest.mark.parametrize("name", APPS)
def test_it_does_in_thousands_of_cases(tmp_path: Path, name: str) -> None:
    with serving_app(name, tmp_path) as server:
        # Chinook has most operations, and of each kind of them many.
        asked = ask(server, "--max-examples", "40" if name == "chinook" else "100")
    assert asked > 3000


def ask(server: Server, *options: str) -> int:
    """How many cases were tried. Fails with all that Schemathesis says where one did."""
    told = str(Path(__file__).parent / "schemathesis.toml")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", told, "run", f"{server.url}/openapi.json"]
    quiet = ["--exclude-checks", REPLACED, "--continue-on-failure", "--warnings", "off", "--suppress-health-check", "all"]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.openapi.schemathesis_hooks", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [*command, *quiet, *options], cwd=server.log, env=environment, capture_output=True, text=True, timeout=1800, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) generated", done.stdout)
    assert found is not None, done.stdout
    return int(found[1])
