"""Serving an application with Granian, or in debug with Flask's own server: what is checked before, and what is said."""

from __future__ import annotations

import errno
import importlib
import os
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import NoReturn
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.serving import run_simple

from pyrest.errors import PyrestError, did_you_mean
from pyrest.links import collection_path
from pyrest.openapi.document import Document
from pyrest.web.wrapper import EXTENSION, Wrapper
from pyrest.workers import cores, run_workers

HOST = "127.0.0.1"
PORT = 5000


class CannotServe(PyrestError):
    """The application cannot be loaded, or its address cannot be had."""


def serve(target: str, host: str = HOST, port: int = PORT, workers: int | None = None, debug: bool = False) -> None:
    """Serves `module:app` until Ctrl-C or SIGTERM, which finish the requests in hand. `workers` is as many as cores unless said.

    The application is loaded here first: its tables are made before a worker starts, and its mistakes are said once.
    Raises `CannotServe`, and what building the application raises.
    """
    if debug and os.environ.get("WERKZEUG_RUN_MAIN") == "true":
        _reloaded(target, host, port)
        return
    app = load(target)
    workers = 1 if debug else workers or cores()
    shared = all(wrapper.store.shared for wrapper, _ in served(app))
    if workers > 1 and not shared:
        raise CannotServe(_unshared_reason(app, workers))
    with reserved(host, port) as address:
        print("\n".join(announcement(app, host, port)), flush=True)
        if not debug:
            run_workers(target, load, address, port, workers, fork=shared)  # a database in memory stays in its process
            return
    app.run(host, port, debug=True)


def load(target: str) -> Flask:
    """The Flask application called `module:name`. Raises `CannotServe` where there is none."""
    module_name, _, name = target.partition(":")
    name = name or "app"
    if not all(part.isidentifier() for part in module_name.split(".")) or module_name.endswith(".py"):
        raise CannotServe(f"{target!r} is no MODULE:APP, such as address_book:app for the app in address_book.py")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as fault:
        if fault.name is None or not (module_name == fault.name or module_name.startswith(f"{fault.name}.")):
            raise
        raise CannotServe(f"there is no module {module_name!r} in {os.getcwd()}") from fault
    if not hasattr(module, name):
        advice = _nearest(name, module) or f"; write {name} = wrapper.create_app()"
        raise CannotServe(f"the module {module_name} has no {name!r}{advice}")
    found = getattr(module, name)
    if isinstance(found, Wrapper):
        raise CannotServe(f"{target} is a Wrapper; serve the application that its create_app() returns: app = {name}.create_app()")
    if not isinstance(found, Flask):
        raise CannotServe(f"{module_name}:{name} is no Flask application{_nearest(name, module)}")
    return found


def _nearest(name: str, module: ModuleType) -> str:
    return did_you_mean(name, [other for other, value in vars(module).items() if isinstance(value, Flask)])


@contextmanager
def reserved(host: str, port: int) -> Iterator[str]:
    """The IP address of a host, whose port nobody else can have meanwhile. Raises `CannotServe` where somebody has it already."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError) as fault:
        raise CannotServe(f"there is no host {host!r}") from fault
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as fault:
            raise CannotServe(_port_reason(host, port, fault)) from fault
        _share_with_granian(probe)
        yield str(address[0])


def announcement(app: Flask, host: str, port: int) -> list[str]:
    """The lines to print: every URL that is served, and where the rows are."""
    shown = f"[{host}]" if ":" in host else host
    lines = []
    for wrapper, prefix in served(app):
        lines.append(f"{wrapper.name} {wrapper.version} at http://{shown}:{port}{prefix}/")
        lines += [f"    http://{shown}:{port}{collection_path(prefix, resource.name)}" for resource in wrapper.resources]
        lines.append(f"    database: {wrapper.store.location}")
    return [*lines, "Ctrl-C stops."]


def served(app: Flask) -> list[tuple[Wrapper, str]]:
    """The Wrappers of an application with their URL prefixes."""
    found: list[tuple[Wrapper, str]] = app.extensions.get(EXTENSION, [])
    return found


def document_of(target: str, prefix: str | None = None) -> Document:
    """The document of the API of `module:app`, which is below a prefix where it has several. Raises `CannotServe`."""
    wrappers = {prefix: wrapper for wrapper, prefix in served(load(target))}
    if not wrappers:
        raise CannotServe(f"{target} serves no Wrapper, so there is nothing to describe")
    if prefix is None and len(wrappers) > 1:
        raise CannotServe(f"{target} serves several APIs; choose one with --prefix: {', '.join(map(repr, wrappers))}")
    chosen = next(iter(wrappers)) if prefix is None else prefix.rstrip("/")
    if chosen not in wrappers:
        raise CannotServe(f"{target} serves no API below {prefix!r}; there is {', '.join(map(repr, wrappers))}")
    return wrappers[chosen].document(chosen)


def _reloaded(target: str, host: str, port: int) -> None:
    """Serves what Flask's reloader has started anew. Code that cannot be loaded is shown in its debugger until it changes again."""
    try:
        app = load(target)
    except Exception as fault:
        traceback.print_exc()
        run_simple(host, port, _failing(fault), use_reloader=True, use_debugger=True, threaded=True)
    else:
        app.run(host, port, debug=True)


def _failing(fault: Exception) -> WSGIApplication:
    def fail(environ: WSGIEnvironment, start_response: StartResponse) -> NoReturn:
        raise fault

    return fail


def _share_with_granian(probe: socket.socket) -> None:
    """Lets Granian's own sockets on the port, which ask for SO_REUSEPORT, and nobody's who does not."""
    if sys.platform != "linux":
        probe.close()
        return
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


def _unshared_reason(app: Flask, workers: int) -> str:
    where = next(wrapper.store.location for wrapper, _ in served(app) if not wrapper.store.shared)
    return f"{workers} workers would each have a database {where} of their own; give the store a file, or use --workers 1"


def _port_reason(host: str, port: int, fault: OSError) -> str:
    if fault.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; stop what uses it, or choose another with --port"
    if fault.errno == errno.EACCES:
        return f"no permission to use port {port}; choose one above 1023 with --port"
    if fault.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; choose another with --host"
    return f"cannot use port {port} on {host}: {fault.strerror}"
