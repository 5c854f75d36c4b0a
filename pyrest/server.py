"""Serving an application with Granian, or in debug with Flask's own server: what is checked before, and what is said."""

from __future__ import annotations

import errno
import importlib
import os
import socket
import sys

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from pyrest.errors import PyrestError, did_you_mean
from pyrest.links import collection_path
from pyrest.web.wrapper import EXTENSION, Wrapper

HOST = "127.0.0.1"
PORT = 5000
THREADS = 4  # with one, a single stalled upload stops the worker
STOP_SECONDS = 30  # how long requests in hand may take after Ctrl-C or SIGTERM


class CannotServe(PyrestError):
    """The application cannot be loaded, or its address cannot be had."""


def serve(target: str, host: str = HOST, port: int = PORT, workers: int | None = None, debug: bool = False) -> None:
    """Serves `module:app` until Ctrl-C or SIGTERM, which finish the requests in hand. `workers` is as many as cores unless said.

    The application is loaded here first: its tables are made before a worker starts, and its mistakes are said once.
    Raises `CannotServe`, and what building the application raises.
    """
    app = load(target)
    workers = 1 if debug else workers or os.cpu_count() or 1
    _refuse_unshared(app, workers)
    reloaded = os.environ.get("WERKZEUG_RUN_MAIN") == "true"
    if not reloaded:
        check_port(host, port)
        print("\n".join(announcement(app, host, port)), flush=True)
    if debug:
        app.run(host, port, debug=True)
        return
    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    ).serve()


def load(target: str) -> Flask:
    """The Flask application called `module:name`. Raises `CannotServe` where there is none."""
    module_name, _, name = target.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as fault:
        if fault.name is None or not (module_name == fault.name or module_name.startswith(f"{fault.name}.")):
            raise
        raise CannotServe(f"there is no module {module_name!r} in {os.getcwd()}") from fault
    found = getattr(module, name or "app", None)
    if isinstance(found, Wrapper):
        raise CannotServe(f"{target} is a Wrapper; serve the application that its create_app() returns: app = {name}.create_app()")
    if not isinstance(found, Flask):
        nearest = did_you_mean(name, [n for n, v in vars(module).items() if isinstance(v, Flask)])
        raise CannotServe(f"{target} is no Flask application{nearest}")
    return found


def check_port(host: str, port: int) -> None:
    """Raises `CannotServe` where the port is taken: two Granians would bind the same one without a word (SO_REUSEPORT)."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as fault:
        raise CannotServe(f"there is no host {host!r}") from fault
    except OSError as fault:
        raise CannotServe(_port_reason(host, port, fault)) from fault


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


def _refuse_unshared(app: Flask, workers: int) -> None:
    for wrapper, _ in served(app):
        if workers > 1 and not wrapper.store.shared:
            where = wrapper.store.location
            each = f"{workers} workers would each have a database {where} of their own"
            raise CannotServe(f"{each}; give the store a file, or use --workers 1")


def _port_reason(host: str, port: int, fault: OSError) -> str:
    if fault.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; stop what uses it, or choose another with --port"
    if fault.errno == errno.EACCES:
        return f"no permission to use port {port}; choose one above 1023 with --port"
    if fault.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; choose another with --host"
    return f"cannot use port {port} on {host}: {fault.strerror}"
