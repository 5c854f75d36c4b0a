"""The users by hand: a list, a detail, and new ones."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request

from benchmarks.by_hand.answers import FORMATS_OF_LISTS, JSON, answer, no_such_row, require_acceptable
from benchmarks.by_hand.bodies import invalid, json_object, validated
from benchmarks.by_hand.database import Database
from benchmarks.by_hand.lists import KEY, any_of, beginning, between, by_integer, page, read_page, read_query, refuse_parameters

FILTERS = {
    "address": by_integer("address"),
    "address__city": lambda name, texts: ("address IN (SELECT id FROM address WHERE city = ?)", texts),
    "address__range": between("address"),
    "first_name": any_of("first_name"),
    "last_name": any_of("last_name"),
    "last_name__startswith": beginning("last_name"),
}


def register(app: Flask, database: Database) -> None:
    @app.get("/users/")
    def users() -> Response:
        require_acceptable(FORMATS_OF_LISTS)
        asked = read_query(FILTERS)
        with database.connection() as connection:
            connection.execute("BEGIN")
            rows, total = read_page(connection, "users", "address, first_name, last_name, id", asked)
        return page(asked, total, [shown(*row) for row in rows])

    @app.get("/users/<key>/")
    def user(key: str) -> Response:
        require_acceptable()
        refuse_parameters()
        row = None
        if KEY.fullmatch(key):
            query = "SELECT address, first_name, last_name, id FROM users WHERE id = ?"
            row = database.connection().execute(query, (int(key),)).fetchone()
        if row is None:
            raise no_such_row("users")
        return answer(shown(*row), 200)

    @app.post("/users/")
    def create() -> Response:
        require_acceptable()
        refuse_parameters()
        values, errors, missing = validated(json_object())
        address = values.get("address")
        with database.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            if address is not None and connection.execute("SELECT 1 FROM address WHERE id = ?", (address,)).fetchone() is None:
                errors["address"] = [f'Invalid pk "{address}" - object does not exist.']
            if errors:
                raise invalid(errors, missing)
            row = (values["first_name"], values["last_name"], address)
            key = connection.execute("INSERT INTO users (first_name, last_name, address) VALUES (?, ?, ?)", row).lastrowid
        headers = {"Location": f"{request.scheme}://{request.host}/users/{key}/"}
        if "return=representation" in request.headers.get("Prefer", ""):
            return answer(shown(address, values["first_name"], values["last_name"], key), 201, headers)
        return Response(status=201, headers=headers, content_type=JSON)


def shown(address: int | None, first_name: str, last_name: str, key: int | None) -> dict[str, Any]:
    return {"address": address, "first_name": first_name, "last_name": last_name, "ressource_uri": f"/users/{key}/"}
