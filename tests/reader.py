"""A reader who does what a page says, in a directory of his own, and holds what he sees to what the page shows.

- A `python` block whose first line is `# name.py` becomes that file; any other is executed, in one namespace for the whole page.
- A `sh` block is executed; `pyrest run …` and its like keep on serving until the next of them. A `bash` block is left out.
- A `json`, `http`, `text` or `sql` block is what the block before it gives: JSON is compared parsed, headers without the unstable ones.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.markdown import ROOT, Block, blocks
from tests.serving import free_port, listening

OUTPUTS = ("json", "http", "text", "sql")
SHOWN_DIRECTORY = "/home/you/book"
SHOWN_PORT = "5000"
SERVES = ("pyrest run ", "flask --app ", "python run.py")
READY_SECONDS = 20
UNSTABLE_HEADERS = ("date", "server", "connection")  # the last where a refused body came too late to be read


class Reader:
    """Keeps a directory, a namespace and a server between the pages that he follows. Close him."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.namespace: dict[str, Any] = {"__name__": "page"}
        self.port = free_port()
        self._server: subprocess.Popen[str] | None = None
        self._environment = _environment(directory.parent / f"{directory.name}-commands")

    def follow(self, page: Path) -> None:
        """Raises `AssertionError` where the page lies, naming the line."""
        for block, shown in steps(page):
            try:
                self._do(block, shown)
            except Exception as fault:
                raise AssertionError(f"{page.parent.name}/{page.name}:{block.line}: {fault}") from fault

    def close(self) -> None:
        self._stop_serving()

    def _do(self, block: Block, shown: Block | None) -> None:
        if block.file:
            path = self.directory / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
        elif block.language == "python":
            self._execute(block, shown)
        elif block.language == "sh":
            self._command(block.text.strip(), shown)

    # Python.

    def _execute(self, block: Block, shown: Block | None) -> None:
        if block.text.startswith(">>> "):
            _doctest(block.text, self.namespace)
            return
        said = io.StringIO()
        value: Any = None
        try:
            with contextlib.redirect_stdout(said):
                value = _run(block.text, self.namespace)
        except Exception as fault:
            if shown is None or shown.language != "text":
                raise
            said.write("".join(traceback.format_exception_only(fault)))
        if shown is not None and shown.language == "json":
            _same("JSON", json.loads(shown.text), value.get_json() if hasattr(value, "get_json") else value)
        elif shown is not None:
            _same("text", shown.text, self._as_shown(said.getvalue()))

    # Commands.

    def _command(self, text: str, shown: Block | None) -> None:
        fails = shown is not None and shown.text.startswith("Error: ")
        serves, text = text.startswith(SERVES), self._as_typed(text)
        if serves:
            text = f"{text} --port {self.port}"
        if serves and not fails:
            self._serve(text, shown)
            return
        done = subprocess.run(
            ["sh", "-c", text], cwd=self.directory, env=self._environment, capture_output=True, text=True, timeout=READY_SECONDS
        )
        if (done.returncode != 0) is not fails:
            raise AssertionError(f"exit code {done.returncode}: {done.stderr}")
        if shown is not None:
            self._compare(shown, done.stdout + (done.stderr if fails else ""))

    def _serve(self, text: str, shown: Block | None) -> None:
        self._stop_serving()
        log = self.directory.parent / f"{self.directory.name}.log"
        with log.open("w") as output:
            self._server = subprocess.Popen(
                ["sh", "-c", f"exec {text}"], cwd=self.directory, env=self._environment, stdout=output, stderr=subprocess.STDOUT, text=True
            )
        deadline = time.monotonic() + READY_SECONDS
        while not listening(self.port):
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{text} does not serve: {log.read_text()}")
            time.sleep(0.02)
        if shown is not None:
            self._compare(shown, log.read_text())

    def _stop_serving(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        server.send_signal(signal.SIGINT)
        try:
            server.wait(READY_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            raise

    def _compare(self, shown: Block, output: str) -> None:
        output = self._as_shown(output)
        if shown.language == "json":
            _same("JSON", json.loads(shown.text), json.loads(output))
        elif shown.language == "http":
            _same("answer", _answer(shown.text), _answer(output))
        else:
            _same("text", shown.text.strip(), output.strip())

    def _as_typed(self, text: str) -> str:
        text = text.replace("python run.py", f"python {shlex.quote(str(ROOT / 'run.py'))}")
        return text.replace(SHOWN_DIRECTORY, str(self.directory)).replace(f":{SHOWN_PORT}", f":{self.port}")

    def _as_shown(self, output: str) -> str:
        output = output.replace(str(self.directory.resolve()), SHOWN_DIRECTORY)
        return output.replace(f":{self.port}", f":{SHOWN_PORT}").replace(f"port {self.port} ", f"port {SHOWN_PORT} ")


def steps(page: Path) -> Iterator[tuple[Block, Block | None]]:
    """The blocks of a page that do something, each with the block that shows what comes of it."""
    found = blocks(page.read_text())
    for block, following in pairwise([*found, None]):
        if block is not None and block.language not in OUTPUTS:
            yield block, following if following is not None and following.language in OUTPUTS else None


def stray_outputs(page: Path) -> list[int]:
    """The lines of outputs that come of nothing, so that nothing holds them."""
    found = blocks(page.read_text())
    makers = {None, "bash", *OUTPUTS}
    before = [None, *(b.language if b.file is None else None for b in found)]
    return [b.line for b, maker in zip(found, before, strict=False) if b.language in OUTPUTS and maker in makers]


def _run(text: str, namespace: dict[str, Any]) -> Any:
    """The value of the last line, where that is an expression."""
    body = ast.parse(text).body
    last = body[-1] if body else None
    if not isinstance(last, ast.Expr):
        exec(compile(text, "<page>", "exec", dont_inherit=True), namespace)
        return None
    exec(compile(ast.Module(body[:-1], []), "<page>", "exec", dont_inherit=True), namespace)
    return eval(compile(ast.Expression(last.value), "<page>", "eval", dont_inherit=True), namespace)


def _doctest(text: str, namespace: dict[str, Any]) -> None:
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(text, namespace, "page", None, None)
    test.globs = namespace
    failed = doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False).failed
    if failed:
        raise AssertionError("".join(said))


def _answer(text: str) -> tuple[str, dict[str, str], Any]:
    """What `curl -i` prints → status line, stable headers by lower-case name, body."""
    head, _, body = text.replace("\r\n", "\n").strip().partition("\n\n")
    status, *lines = head.split("\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    stable = {name: value for name, value in headers.items() if name not in UNSTABLE_HEADERS}
    return status.strip(), stable, json.loads(body) if body.strip() else None


def _same(kind: str, shown: object, real: object) -> None:
    if _exact(shown) != _exact(real):
        raise AssertionError(f"another {kind} than the page shows:\n  shown: {shown!r}\n  real:  {real!r}")


def _exact(value: object) -> str:
    """Equal where JSON is: to Python `1` is `True`."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _environment(commands: Path) -> dict[str, str]:
    """The environment of a reader who has installed pyrest and activated its virtual environment. Where there is no curl, a stand-in."""
    commands.mkdir()
    pyrest = "import sys; sys.argv[0] = 'pyrest'; from pyrest.cli import main; main()"
    made = {"python": "", "pyrest": f"-c {shlex.quote(pyrest)}", "flask": "-m flask"}
    if shutil.which("curl") is None:
        made["curl"] = shlex.quote(str(ROOT / "tests" / "curl.py"))
    for name, arguments in made.items():
        command = commands / name
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {arguments} "$@"\n')
        command.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FLASK", "WERKZEUG", "ADDRESS_BOOK"))}
    return kept | {"PATH": f"{commands}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
