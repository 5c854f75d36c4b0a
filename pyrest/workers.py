"""The processes behind a server: Granian's workers, how many requests each has in hand, and when they end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

from granian.constants import HTTPModes, Interfaces, RuntimeModes
from granian.log import LogLevels
from granian.server import MPServer

from pyrest.turns import Turns

TURNS = 4  # requests that a worker has in hand at once
THREADS = 64  # those that wait for an upload included: Granian has no timeout for one (its issue 728)
STOP_SECONDS = 9  # for the requests in hand after Ctrl-C or SIGTERM; Docker kills what takes 10
WAKE_TIMES, WAKE_SECONDS = 20, 0.05


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_workers(target: str, load: Callable[[str], WSGIApplication], address: str, port: int, workers: int, fork: bool) -> None:
    """Serves what `load` makes of `target`, until a signal; the requests in hand are finished. A worker that dies is replaced.

    Without `fork` a worker takes nothing along from this process and loads everything itself.
    """
    if not fork:
        multiprocessing.set_start_method("spawn", force=True)
    hangup = signal.getsignal(signal.SIGHUP)
    server = MPServer(
        target,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # where HTTP/2 is looked for too, a connection that says nothing is kept for ever
        runtime_mode=RuntimeModes.st,  # "mt" waits for a notice of its end that may have come before
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,  # it warns of more threads than cores
    )
    server.on_startup(lambda: _hear_signals(server, hangup))
    os.register_at_fork(after_in_child=_await_parent)
    server.serve(target_loader=partial(_worker_app, load))


def _hear_signals(server: MPServer, hangup: Any) -> None:
    # Granian would answer the end of a terminal with new workers; `nohup` has the signal ignored.
    signal.signal(signal.SIGHUP, server.signal_handler_interrupt if hangup == signal.SIG_DFL else hangup)
    _wake_for_signals()


def _await_parent() -> None:
    # Until Granian has its own handlers in a worker, those of the parent are there and would swallow the signal that stops it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _worker_app(load: Callable[[str], WSGIApplication], target: str) -> Turns:
    # A terminal sends Ctrl-C to the whole group of its processes, and the third signal in a row makes a worker of Granian hang.
    os.setpgid(0, 0)
    _wake_for_signals()
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    return Turns(load(target), TURNS)


def _wake_for_signals() -> None:
    """Python calls handlers in its main thread, which sleeps on where another one got the signal, or it came just before the sleep."""
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    signal.signal(signal.SIGURG, lambda *_: None)
    signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_wake_main_thread, args=(receiver, sender), daemon=True).start()


def _wake_main_thread(receiver: socket.socket, _sender: socket.socket) -> None:
    while number := receiver.recv(1):
        for _ in range(0 if number[0] == signal.SIGURG else WAKE_TIMES):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGURG)
            time.sleep(WAKE_SECONDS)


def _stop_with_parent() -> None:
    """Otherwise workers would outlive a parent that was killed, and keep its port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)
