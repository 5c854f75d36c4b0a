"""The address of a row as pure text: path ↔ key. It knows neither models nor requests."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote


@lru_cache(maxsize=256)
def collection_path(base: str, name: str) -> str:
    """`("/api", "users")` → `/api/users/`."""
    return f"{base}/{quote(name, safe='')}/"


def beside(collection: str, name: str) -> str:
    """`("/api/users/", "addresses")` → `/api/addresses/`."""
    return collection_path(collection[:-1].rpartition("/")[0], name)


def row_path(collection: str, key: object) -> str:
    """`("/users/", 1)` → `/users/1/`; text is percent-encoded (RFC 3986, section 2.1)."""
    if type(key) is int:
        return f"{collection}{key}/"
    return f"{collection}{quote(str(key), safe='')}/"


def addressable(key: str) -> bool:
    """Whether a text can be one segment of a path: a URL gives `.`, `..` and `/` a meaning of their own (RFC 3986, section 3.3)."""
    return key not in ("", ".", "..") and "/" not in key
