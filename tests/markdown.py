"""Markdown as the tests read it: a page's blocks of code, its links and its headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = sorted((ROOT / "tutorial").glob("[0-9]*.md"))
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "tutorial" / "README.md", *TUTORIAL, *DOCS]

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<title>.+)$", re.M)
_TABLE = re.compile(r"(?:^\|.*\n)+", re.M)
_FILE = re.compile(r"# (?P<name>[\w./]+\.py)\n")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code; `line` is where its first line stands on the page."""

    language: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The file that the block is the whole content of: its first line is `# name.py`."""
        found = _FILE.match(self.text) if self.language == "python" else None
        return found["name"] if found else None


def blocks(text: str) -> list[Block]:
    return [Block(m["language"], m["text"], text.count("\n", 0, m.start("text")) + 1) for m in _FENCE.finditer(text)]


def links(text: str) -> list[str]:
    """The targets of all links outside blocks of code."""
    return [m["target"] for m in _LINK.finditer(_FENCE.sub("", text))]


def anchors(text: str) -> set[str]:
    """What the part of a link behind `#` may be, as GitHub makes it of the headings."""
    titles = (m["title"].lower() for m in _HEADING.finditer(_FENCE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def tables(text: str) -> list[list[list[str]]]:
    """The tables outside blocks of code, each a list of rows of cells, its head first. `\\|` in a cell is a `|`."""
    found = _TABLE.findall(_FENCE.sub("", text))
    return [[_cells(line) for i, line in enumerate(table.splitlines()) if i != 1] for table in found]


def code(cell: str) -> str:
    """What a cell says between backticks; the cell where there are none."""
    return cell.removeprefix("`").removesuffix("`") if cell.startswith("`") else cell


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def section(text: str, title: str) -> str:
    """What stands below a heading, up to the next one of its level or above."""
    found = re.search(rf"^(?P<marks>#+) {re.escape(title)}$", text, re.M)
    if found is None:
        raise LookupError(f"there is no heading {title!r}")
    rest = text[found.end() :]
    following = re.search(rf"^#{{1,{len(found['marks'])}}} ", _without_code(rest), re.M)
    return rest[: following.start()] if following else rest


def _without_code(text: str) -> str:
    """The text with every character of its code blocks but line ends made a space, so that places stay what they were."""
    return _FENCE.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
