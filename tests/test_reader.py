"""The reader finds what is not so: a page that lies fails, one that tells the truth does not. So does the stand-in for curl."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.markdown import ROOT
from tests.reader import Reader, stray_outputs

PYTHON = "```python\n{}\n```\n\n```{}\n{}\n```\n"
SHELL = "```sh\n{}\n```\n\n```{}\n{}\n```\n"
ANSWER = "HTTP/1.1 200 OK\nDate: now\nAllow: GET\n\n[1]"

TRUE = {
    "json": PYTHON.format("[1, None]", "json", "[\n  1, null]"),
    "printed": PYTHON.format("print(7)", "text", "7"),
    "raised": PYTHON.format("1 / 0", "text", "ZeroDivisionError: division by zero"),
    "doctest": "```python\n>>> 1 + 1\n2\n```\n",
    "command": SHELL.format("echo 7", "text", "7"),
    "refusal": SHELL.format("echo 'Error: no' >&2; exit 1", "text", "Error: no"),
    "answer": SHELL.format(f"printf '{ANSWER}'", "http", "HTTP/1.1 200 OK\nallow: GET\n\n[\n1]"),
    "file": "```python\n# told.py\nprint(7)\n```\n\n" + SHELL.format("python told.py", "text", "7"),
    "the namespace goes on": "```python\na = 7\n```\n\n" + PYTHON.format("a", "json", "7"),
    "left out": "```bash\nno-such-command\n```\n",
}
LIES = {
    "json": PYTHON.format("[1, None]", "json", "[1]"),
    "json of another type": PYTHON.format("1", "json", "true"),
    "printed": PYTHON.format("print(7)", "text", "8"),
    "raised": PYTHON.format("1 / 0", "text", "ZeroDivisionError: by nothing"),
    "raised, unsaid": "```python\n1 / 0\n```\n",
    "doctest": "```python\n>>> 1 + 1\n3\n```\n",
    "command": SHELL.format("echo 7", "text", "8"),
    "failed, unsaid": "```sh\nexit 1\n```\n",
    "refusal that is none": SHELL.format("echo 'Error: no'", "text", "Error: no"),
    "status": SHELL.format(f"printf '{ANSWER}'", "http", ANSWER.replace("200", "201")),
    "header": SHELL.format(f"printf '{ANSWER}'", "http", ANSWER.replace("GET", "PUT")),
    "header too many": SHELL.format(f"printf '{ANSWER}'", "http", ANSWER.replace("Date", "Link")),
    "body": SHELL.format(f"printf '{ANSWER}'", "http", ANSWER.replace("[1]", "[2]")),
    "no server": "```sh\npyrest run nothing:app\n```\n",
}


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    directory = tmp_path / "book"
    directory.mkdir()
    found = Reader(directory)
    yield found
    found.close()


def page(directory: Path, text: str) -> Path:
    written = directory / "page.md"
    written.write_text(text)
    return written


@pytest.mark.parametrize("text", TRUE.values(), ids=TRUE)
def test_true(reader: Reader, tmp_path: Path, text: str) -> None:
    reader.follow(page(tmp_path, text))


@pytest.mark.parametrize("text", LIES.values(), ids=LIES)
def test_lie(reader: Reader, tmp_path: Path, text: str) -> None:
    with pytest.raises(AssertionError, match=r"page\.md:\d+: "):
        reader.follow(page(tmp_path, text))


def test_an_output_of_nothing_is_found(tmp_path: Path) -> None:
    text = "```json\n1\n```\n\n```bash\nmake\n```\n\n```text\nmade\n```\n\n```sh\necho 7\n```\n\n```text\n7\n```\n"
    assert stray_outputs(page(tmp_path, text)) == [2, 10]


BOOK = """```python
# book.py
from pyrest import MemoryDataStore, Wrapper, models


class Book(models.Model):
    id = models.PkField()


app = Wrapper([Book], datastore=MemoryDataStore()).create_app()
```

```sh
pyrest run book:app --workers 1
```
"""


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl to compare its stand-in with")
@pytest.mark.parametrize(
    "arguments",
    [
        ["{}"],
        ["-i", "{}book/"],
        ["-I", "{}book/?count=3"],
        ["-s", "-i", "-d", "a=1", "{}book/"],
        ["-i", "-X", "DELETE", "-H", "Accept: text/html", "{}book/1/"],
    ],
    ids=" ".join,
)
def test_the_stand_in_answers_as_curl_does(reader: Reader, tmp_path: Path, arguments: list[str]) -> None:
    reader.follow(page(tmp_path, BOOK))
    asked = [argument.format(f"http://localhost:{reader.port}/") for argument in arguments]
    stand_in = subprocess.run([sys.executable, ROOT / "tests" / "curl.py", *asked], capture_output=True, check=True).stdout
    curl = subprocess.run(["curl", "-s", *asked], capture_output=True, check=True).stdout
    assert stable(stand_in) == stable(curl)


def stable(answer: bytes) -> list[bytes]:
    return [line for line in answer.splitlines() if not line.lower().startswith((b"date:", b"connection:"))]
