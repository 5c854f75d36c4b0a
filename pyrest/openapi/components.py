"""The components of a document: schemas that have a name, each made once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pyrest.openapi.values import Schema


class Components:
    """Schemas by their names. A name that something else has already gets a number."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}
        self._names: dict[Any, str] = {}

    def ref(self, key: Any, name: str, make: Callable[[str], Schema]) -> Schema:
        """A reference to the schema of a key, which `make` makes, given its name, when it is first asked for.

        It may refer to itself.
        """
        if key not in self._names:
            self._names[key] = found = unique(name, self.schemas)
            self.schemas[found] = {}
            self.schemas[found] = make(found)
        return reference(self._names[key])


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def unique(name: str, taken: Any) -> str:
    """The name, with a number where it is taken."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}{number}"
    return found


def class_name(text: str) -> str:
    """`"album tracks"` → `AlbumTracks`."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    found = "".join(word[:1].upper() + word[1:] for word in words)
    return found if found[:1].isalpha() else f"X{found}"


def snake_name(text: str) -> str:
    """`"Album-Tracks"` → `album_tracks`, as operations are called."""
    return "_".join(re.findall(r"[a-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text).lower())) or "x"
