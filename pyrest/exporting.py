"""Exports: all rows of a list, a part at a time, from one snapshot."""

from __future__ import annotations

from pyrest.datastores.protocol import Pin
from pyrest.plan import Read
from pyrest.representing import Represented, Shown
from pyrest.serializers.fields import Place

ROWS_AT_ONCE = 500


class Export:
    """The objects of all rows of a plan, in lists of at most `ROWS_AT_ONCE`. What they need beside their rows comes from the snapshot too.

    It may be closed at any time; to go on then raises.
    """

    def __init__(self, represented: Represented, shown_by: Shown, place: Place, pin: Pin, plan: Read) -> None:
        self.shown_by = shown_by
        self._represented = represented
        self._place = place
        self._pin = pin
        self._parts = pin.parts(plan, ROWS_AT_ONCE)

    def __iter__(self) -> Export:
        return self

    def __next__(self) -> list[dict[str, object]]:
        with self._pin.inside():
            return self._represented.objects(self.shown_by, next(self._parts), self._place)

    def close(self) -> None:
        """Lets the snapshot go."""
        self._pin.close()
