"""Answers to writes that are kept for a day: what is kept of one, and for how long. `web/` says what is in it."""

from __future__ import annotations

from typing import NamedTuple

KEPT_SECONDS = 24 * 60 * 60
PRUNED_EVERY = 16  # answers; then up to PRUNED_AT_ONCE old ones go, so that what is there gets less and no request does all the work
PRUNED_AT_ONCE = 100


class Reply(NamedTuple):
    """What was asked, as a digest, and what was answered."""

    asked: bytes
    answer: bytes
