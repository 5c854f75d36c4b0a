"""What the pages ask of curl, for machines that lack it: `-i -I -s -X -H -d` and an address."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(prog="curl")
    parser.add_argument("-i", action="store_true")
    parser.add_argument("-I", dest="head", action="store_true")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("url")
    asked = parser.parse_args(arguments)
    form = {} if asked.data is None else {"Content-Type": "application/x-www-form-urlencoded"}
    given = {name: value.strip() for name, _, value in (header.partition(":") for header in asked.headers)}
    method = asked.method or ("HEAD" if asked.head else "GET" if asked.data is None else "POST")
    url = urlsplit(asked.url)
    connection = HTTPConnection(url.hostname or "", url.port)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    connection.request(method, target, asked.data and asked.data.encode(), form | given)
    with connection.getresponse() as answer:
        shown = head(answer) if asked.i or asked.head else b""
        sys.stdout.buffer.write(shown + answer.read())
    connection.close()


def head(answer: HTTPResponse) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{name}: {value}" for name, value in answer.getheaders())]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")


if __name__ == "__main__":
    main(sys.argv[1:])
