"""What a client may ask of any write: that it happens once, however often it is sent, or that it is only tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from io import BytesIO
from typing import IO, NamedTuple, ParamSpec

from flask import Request, Response

from pyrest.endpoint import Endpoint
from pyrest.expandable import Targets
from pyrest.rehearsing import Rehearsals
from pyrest.store import Store
from pyrest.web.answers import part_of, succeeded
from pyrest.web.idempotency import digest_of, key_of, once
from pyrest.web.preferences import DRY_RUN, is_dry_run
from pyrest.web.responses import json_response
from pyrest.web.streams import Streams
from pyrest.web.uploads import spooled, upload_kind
from pyrest.web.views import Mounted, View, answering

P = ParamSpec("P")

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Limits(NamedTuple):
    """The greatest length of a body, and of an upload of many rows, where there are such, with the seconds that it may take to come."""

    body: int
    upload: int = 0
    seconds: float = 0


class Safeguards:
    """Puts views under these safeguards. `targets` say what rehearsals may show."""

    def __init__(self, store: Store, targets: Targets, mounted: Mounted) -> None:
        self._store = store
        self._targets = targets
        self._mounted = mounted

    def of_list(self, view: View[P], endpoint: Endpoint) -> Callable[P, Response]:
        """The view of the rows of an endpoint."""
        return self.over(view, Limits(endpoint.max_body, endpoint.max_import, endpoint.max_stream_seconds))

    def of_detail(self, view: View[P], endpoint: Endpoint) -> Callable[P, Response]:
        """The view of each row of an endpoint."""
        return self.over(view, Limits(endpoint.max_body))

    def over(self, view: View[P], limits: Limits) -> Callable[P, Response]:
        """The view, which answers errors, too."""
        answered = answering(view)

        @wraps(view)
        def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Response:
            if request.method in WRITES:
                environ = request.environ
                if "HTTP_IDEMPOTENCY_KEY" in environ or "HTTP_PREFER" in environ:
                    return self._guarded(request, limits, lambda: answered(*args, **kwargs))
            return view(request, *args, **kwargs)

        return answering(guarded)

    def _guarded(self, request: Request, limits: Limits, act: Callable[[], Response]) -> Response:
        rehearsed, key = is_dry_run(request), key_of(request)
        if not (rehearsed or key):
            return act()
        with arrived(request, limits, self._mounted.streams) as body:
            if rehearsed:
                return self._rehearsed(request, act)
            asked = digest_of(request, body)
            body.seek(0)
            return once(self._store, request, key, asked, act)

    def _rehearsed(self, request: Request, act: Callable[[], Response]) -> Response:
        rehearsals = Rehearsals(self._store, self._targets, lambda name: self._mounted.place(request, name))
        found = rehearsals.rehearse(lambda: part_of(succeeded(act())))
        body = {**found.result, "changes": found.changes, "more_changes": found.more}
        return json_response(body, headers={"Preference-Applied": DRY_RUN})


@contextmanager
def arrived(request: Request, limits: Limits, streams: Streams) -> Iterator[IO[bytes]]:
    """The whole body, to be read by the view as if it had just come: nobody waits for a client while the store is locked.

    Raises `BodyTooLarge`, `TooManyStreams` and `UploadTooSlow`.
    """
    read: bytes | None = getattr(request, "_cached_data", None)
    if read is not None:  # by code of the application's, with get_data(): Werkzeug gives that again, and the stream is at its end
        yield BytesIO(read)
        return
    is_upload = limits.upload > 0 and upload_kind(request) != "json"
    with _uploaded(request, limits, streams) if is_upload else spooled(request, limits.body) as body:
        request.stream = body
        yield body


@contextmanager
def _uploaded(request: Request, limits: Limits, streams: Streams) -> Iterator[IO[bytes]]:
    with ExitStack() as whole:
        with streams.begin(limits.seconds) as stream:
            body = whole.enter_context(spooled(request, limits.upload))
            stream.arrived()
        yield body
