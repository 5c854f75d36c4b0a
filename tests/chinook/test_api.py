"""Real data: the Chinook database through the API, held against what plain sqlite3 reads from the same file."""

from __future__ import annotations

import functools
import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from tutorial.chinook import build, main

REPOSITORY = Path(__file__).resolve().parents[2]

TABLES = {
    "albums": "Album", "artists": "Artist", "customers": "Customer", "employees": "Employee", "genres": "Genre",
    "invoice-lines": "InvoiceLine", "invoices": "Invoice", "media-types": "MediaType", "playlist-tracks": "PlaylistTrack",
    "playlists": "Playlist", "tracks": "Track",
}  # fmt: skip

RELATIONS = [
    ("albums", "artist", "artists"),
    ("customers", "support_rep", "employees"),
    ("employees", "reports_to", "employees"),
    ("invoice-lines", "invoice", "invoices"),
    ("invoice-lines", "track", "tracks"),
    ("invoices", "customer", "customers"),
    ("playlist-tracks", "playlist", "playlists"),
    ("playlist-tracks", "track", "tracks"),
    ("tracks", "album", "albums"),
    ("tracks", "genre", "genres"),
    ("tracks", "media_type", "media-types"),
]

# What JSON shows of a column, in SQL. A price with more than two places would come out as null.
SHOWN = {
    "DATETIME": "strftime('%Y-%m-%dT%H:%M:%S', {0})",
    "NUMERIC(10,2)": "CASE WHEN printf('%.2f', {0}) + 0.0 = {0} THEN printf('%.2f', {0}) END",
}

ABSENT = 999_999

each_list = pytest.mark.parametrize("name", TABLES)
each_relation = pytest.mark.parametrize(("name", "field", "target"), RELATIONS)

Object = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """The API over a copy of the file, and the copy as sqlite3 reads it."""

    client: FlaskClient
    connection: sqlite3.Connection

    def sql(self, text: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(text, parameters).fetchall()

    def one(self, text: str, *parameters: object) -> Any:
        ((value,),) = self.sql(text, *parameters)
        return value

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def create(self, name: str, /, **body: object) -> Object:
        answer = self.client.post(f"/{name}/", json=body, headers={"Prefer": "return=representation"})
        assert answer.status_code == 201, answer.text
        return answer.json

    def columns(self, name: str) -> dict[str, str]:
        """The fields of a list → their columns in the file."""
        table = TABLES[name]
        columns = [column for (column,) in self.sql("SELECT name FROM pragma_table_info(?)", table)]
        own = f"{table}Id" if f"{table}Id" in columns else "rowid"
        return {"id": own} | {snake_case(column.removesuffix("Id")): column for column in columns if column != own}

    def rows(self, name: str) -> list[Object]:
        """The objects of a list as they ought to be."""
        types = dict(self.sql("SELECT name, type FROM pragma_table_info(?)", TABLES[name]))
        columns = self.columns(name)
        shown = ", ".join(SHOWN.get(types.get(column, ""), "{0}").format(column) for column in columns.values())
        rows = self.sql(f"SELECT {shown} FROM {TABLES[name]} ORDER BY {columns['id']}")
        return [{**dict(zip(columns, row, strict=True)), "ressource_uri": f"/{name}/{row[0]}/"} for row in rows]

    def stored(self, name: str) -> str:
        """A whole table, with what tells 1 from 1.0."""
        return repr(self.sql(f"SELECT rowid, * FROM {TABLES[name]}"))


def snake_case(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower()


@pytest.fixture(scope="module")
def shop(client: FlaskClient, connection: sqlite3.Connection) -> Shop:
    """Shared by all tests that change nothing, refused writes among them."""
    return Shop(client, connection)


@pytest.fixture
def file(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(original, tmp_path / "Chinook_Sqlite.sqlite"))


@pytest.fixture
def writable(file: Path) -> Iterator[Shop]:
    wrapper = build(file)
    with closing(sqlite3.connect(file)) as connection, closing(wrapper.store):
        yield Shop(wrapper.create_app().test_client(), connection)


@pytest.fixture(scope="module")
def pages(shop: Shop) -> dict[str, list[Any]]:
    """Every list, page by page."""
    return {name: list(walk(shop, f"/{name}/")) for name in TABLES}


@pytest.fixture(scope="module")
def lists(pages: dict[str, list[Any]]) -> dict[str, list[Object]]:
    return {name: [shown for page in walked for shown in page["object_list"]] for name, walked in pages.items()}


@pytest.fixture(scope="module")
def detail(shop: Shop) -> Callable[[str], Any]:
    """The object at a path, asked for once."""
    return functools.cache(shop.get)


def walk(shop: Shop, path: str) -> Iterator[Any]:
    following = "?count=100"
    while following != "null":
        page = shop.get(path + following)
        yield page
        following = page["meta"]["next"]


@pytest.fixture(scope="module", autouse=True)
def original_stays_untouched(original: Path) -> Iterator[None]:
    before = original.read_bytes(), sorted(original.parent.iterdir())
    yield
    assert (original.read_bytes(), sorted(original.parent.iterdir())) == before


# Reading.


def test_all_tables_of_the_file_are_served(shop: Shop) -> None:
    assert sorted(TABLES.values()) == [name for (name,) in shop.sql("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    assert shop.get("/")["ressources"] == {name: f"/{name}/" for name in TABLES}


def test_the_foreign_keys_are_those_of_the_file(shop: Shop) -> None:
    declared = sorted((TABLES[name], shop.columns(name)[field], TABLES[target]) for name, field, target in RELATIONS)
    kept = 'SELECT m.name, k."from", k."table" FROM sqlite_schema m, pragma_foreign_key_list(m.name) k ORDER BY 1, 2, 3'
    assert declared == shop.sql(kept)


@each_list
def test_pages_follow_one_another_to_the_last(shop: Shop, pages: dict[str, list[Any]], name: str) -> None:
    total = shop.one(f"SELECT count(*) FROM {TABLES[name]}")
    metas = [page["meta"] for page in pages[name]]
    offsets = list(range(0, total, 100))
    assert [meta["offset"] for meta in metas] == offsets
    assert [len(page["object_list"]) for page in pages[name]] == [min(100, total - offset) for offset in offsets]
    assert {meta["total_count"] for meta in metas} == {total}
    assert [meta["previous"] for meta in metas] == ["null", *(f"?count=100&offset={offset}" for offset in offsets[:-1])]


@each_list
def test_every_object_is_its_row(shop: Shop, lists: dict[str, list[Object]], name: str) -> None:
    assert lists[name] == shop.rows(name)


def test_an_object_with_a_decimal_a_date_a_null_and_letters_outside_ascii(shop: Shop) -> None:
    assert shop.get("/invoices/1/") == {
        "billing_address": "Theodor-Heuss-Straße 34",
        "billing_city": "Stuttgart",
        "billing_country": "Germany",
        "billing_postal_code": "70174",
        "billing_state": None,
        "customer": 2,
        "id": 1,
        "invoice_date": "2021-01-01T00:00:00",
        "ressource_uri": "/invoices/1/",
        "total": "1.98",
    }


@each_relation
def test_every_foreign_key_leads_to_its_row(
    detail: Callable[[str], Any], lists: dict[str, list[Object]], name: str, field: str, target: str
) -> None:
    keys = {shown[field] for shown in lists[name]} - {None}
    targets = {shown["id"]: shown for shown in lists[target]}
    assert keys
    for key in keys:
        assert detail(f"/{target}/{key}/") == targets[key]


@each_relation
def test_a_filter_by_a_foreign_key_counts_as_sql_does(shop: Shop, name: str, field: str, target: str) -> None:
    column = shop.columns(name)[field]
    for key, count in shop.sql(f"SELECT {column}, count(*) FROM {TABLES[name]} GROUP BY 1 ORDER BY 2 DESC LIMIT 20"):
        page = shop.get(f"/{name}/?{field}={'' if key is None else key}")
        assert page["meta"]["total_count"] == count
        assert {shown[field] for shown in page["object_list"]} == {key}


@each_relation
def test_a_filter_by_a_key_that_nothing_has_gives_an_empty_list(shop: Shop, name: str, field: str, target: str) -> None:
    assert shop.get(f"/{name}/?{field}={ABSENT}")["object_list"] == []


@pytest.mark.parametrize(
    ("name", "filters", "condition"),
    [
        ("tracks", [("unit_price", "0.99")], "UnitPrice = 0.99"),
        ("tracks", [("unit_price", "1.99")], "UnitPrice = 1.99"),
        ("tracks", [("unit_price", "0.99"), ("unit_price", "1.99")], "UnitPrice IN (0.99, 1.99)"),
        ("tracks", [("genre", "1"), ("genre", "2")], "GenreId IN (1, 2)"),
        ("tracks", [("media_type", "3"), ("unit_price", "1.99")], "MediaTypeId = 3 AND UnitPrice = 1.99"),
        ("invoices", [("total__exact", "13.86")], "Total = 13.86"),
        ("invoices", [("invoice_date", "2021-01-02T00:00:00")], "InvoiceDate = '2021-01-02 00:00:00'"),
        ("invoices", [("billing_city", "São Paulo")], "BillingCity = 'São Paulo'"),
        ("artists", [("name", "Antônio Carlos Jobim")], "Name = 'Antônio Carlos Jobim'"),
        ("playlists", [("name", "90’s Music")], "Name = '90’s Music'"),
        ("employees", [("reports_to", "")], "ReportsTo IS NULL"),
        ("employees", [("reports_to", ""), ("reports_to", "1")], "ReportsTo IS NULL OR ReportsTo = 1"),
        ("playlist-tracks", [("id", "8715")], "rowid = 8715"),
    ],
    ids=str,
)
def test_a_filter_finds_the_rows_that_sql_finds(shop: Shop, name: str, filters: list[tuple[str, str]], condition: str) -> None:
    page = shop.get(f"/{name}/?count=100&{urlencode(filters)}")
    found = shop.sql(f"SELECT {shop.columns(name)['id']} FROM {TABLES[name]} WHERE {condition} ORDER BY 1")
    assert found
    assert page["meta"]["total_count"] == len(found)
    assert [shown["id"] for shown in page["object_list"]] == [key for (key,) in found[:100]]


@pytest.mark.parametrize(
    ("name", "ordering", "terms"),
    [
        ("invoices", "-total", "Total DESC, InvoiceId"),
        ("invoices", "-invoice_date,billing_city", "InvoiceDate DESC, BillingCity, InvoiceId"),
        ("tracks", "milliseconds", "Milliseconds, TrackId"),
        ("tracks", "-unit_price,name", "UnitPrice DESC, Name, TrackId"),
        ("employees", "birth_date", "BirthDate, EmployeeId"),
        ("customers", "state,-last_name", "State, LastName DESC, CustomerId"),
        ("playlist-tracks", "-id", "rowid DESC"),
    ],
)
def test_an_ordering_is_that_of_sql(shop: Shop, name: str, ordering: str, terms: str) -> None:
    page = shop.get(f"/{name}/?count=100&ordering={ordering}")
    rows = shop.sql(f"SELECT {shop.columns(name)['id']} FROM {TABLES[name]} ORDER BY {terms} LIMIT 100")
    assert [shown["id"] for shown in page["object_list"]] == [key for (key,) in rows]


# Writing.


def new_track(**changes: object) -> Object:
    return {"name": "Água de Beber", "media_type": 1, "milliseconds": 147_000, "unit_price": "0.99"} | changes


def test_an_artist_with_an_album_with_a_track(writable: Shop) -> None:
    artist = writable.create("artists", name="Sigur Rós")
    album = writable.create("albums", title="Ágætis byrjun", artist=artist["id"])
    track = writable.create("tracks", **new_track(name="Svefn-g-englar", album=album["id"], genre=4))
    assert [artist["id"], album["id"], track["id"]] == [276, 348, 3504]
    assert writable.get(f"/tracks/?album={album['id']}")["object_list"] == [track]
    assert writable.sql(
        "SELECT a.Name, b.Title, t.Name, t.Composer, t.Milliseconds, t.UnitPrice"
        " FROM Track t JOIN Album b USING (AlbumId) JOIN Artist a USING (ArtistId) WHERE t.TrackId = 3504"
    ) == [("Sigur Rós", "Ágætis byrjun", "Svefn-g-englar", None, 147_000, 0.99)]


def test_an_invoice_with_its_lines(writable: Shop) -> None:
    invoice = writable.create("invoices", customer=1, invoice_date="2025-12-31T23:30:00", billing_city="São Paulo", total="4.97")
    lines = [
        writable.create("invoice-lines", invoice=invoice["id"], track=1, unit_price="0.99", quantity=3),
        writable.create("invoice-lines", invoice=invoice["id"], track=2819, unit_price="2.00", quantity=1),
    ]
    assert writable.get(f"/invoices/{invoice['id']}/") == invoice
    assert writable.get(f"/invoice-lines/?invoice={invoice['id']}")["object_list"] == lines
    assert writable.sql("SELECT InvoiceDate, BillingCity, BillingState, Total FROM Invoice WHERE InvoiceId = ?", invoice["id"]) == [
        ("2025-12-31 23:30:00", "São Paulo", None, 4.97)
    ]
    assert writable.one("SELECT sum(UnitPrice * Quantity) = 4.97 FROM InvoiceLine WHERE InvoiceId = ?", invoice["id"])


def test_a_new_playlist_track_is_addressed_by_its_rowid(writable: Shop) -> None:
    created = writable.create("playlist-tracks", playlist=2, track=7)
    assert writable.get(created["ressource_uri"]) == created
    assert writable.sql("SELECT PlaylistId, TrackId FROM PlaylistTrack WHERE rowid = ?", created["id"]) == [(2, 7)]


@pytest.mark.parametrize("price", ["0.99", "1.99", "0.10", "2.00", "0.00", "12345678.91", 0.99, 2], ids=repr)
def test_a_decimal_written_compares_with_those_there(writable: Shop, price: str | float) -> None:
    before = writable.one("SELECT count(*) FROM Track WHERE UnitPrice = ?", float(price))
    writable.create("tracks", **new_track(unit_price=price))
    found = writable.get(f"/tracks/?unit_price={price}")["meta"]["total_count"]
    assert found == writable.one("SELECT count(*) FROM Track WHERE UnitPrice = ?", float(price)) == before + 1


def test_decimals_written_take_their_place_in_the_order(writable: Shop) -> None:
    for price in ("10.00", "9.50", "1.50"):
        writable.create("tracks", **new_track(unit_price=price))
    dearest = writable.get("/tracks/?ordering=-unit_price&count=4")["object_list"]
    assert [shown["unit_price"] for shown in dearest] == ["10.00", "9.50", "1.99", "1.99"]


def test_a_patch_changes_what_it_names(writable: Shop) -> None:
    before = writable.get("/customers/1/")
    answer = writable.client.patch("/customers/1/", json={"company": "Música & Cia", "fax": None, "support_rep": 4})
    assert answer.status_code == 200
    assert answer.json == writable.get("/customers/1/") == before | {"company": "Música & Cia", "fax": None, "support_rep": 4}
    changed = "SELECT Company, Fax, SupportRepId, FirstName FROM Customer WHERE CustomerId = 1"
    assert writable.sql(changed) == [("Música & Cia", None, 4, "Luís")]


@each_list
def test_an_object_put_back_as_it_was_read_changes_nothing(writable: Shop, name: str) -> None:
    before = writable.stored(name)
    for shown in writable.get(f"/{name}/?count=60")["object_list"]:
        answer = writable.client.put(shown["ressource_uri"], json=shown)
        assert (answer.status_code, answer.json) == (200, shown)
    assert writable.stored(name) == before


def test_an_employee_may_report_to_oneself(writable: Shop) -> None:
    assert writable.client.patch("/employees/1/", json={"reports_to": 1}).status_code == 200
    assert writable.one("SELECT ReportsTo FROM Employee WHERE EmployeeId = 1") == 1


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("/invoice-lines/1/", "InvoiceLine WHERE InvoiceLineId = 1"),
        ("/playlist-tracks/1/", "PlaylistTrack WHERE rowid = 1"),
        ("/playlists/2/", "Playlist WHERE PlaylistId = 2"),
        ("/employees/8/", "Employee WHERE EmployeeId = 8"),
    ],
)
def test_a_row_that_nothing_uses_can_go(writable: Shop, path: str, row: str) -> None:
    assert writable.one(f"SELECT count(*) FROM {row}") == 1
    assert writable.client.delete(path).status_code == 204
    assert writable.client.get(path).status_code == 404
    assert writable.one(f"SELECT count(*) FROM {row}") == 0


def test_an_invoice_goes_after_its_lines(writable: Shop) -> None:
    for line in writable.get("/invoice-lines/?invoice=1")["object_list"]:
        assert writable.client.delete(line["ressource_uri"]).status_code == 204
    assert writable.client.delete("/invoices/1/").status_code == 204
    assert writable.one("SELECT (SELECT count(*) FROM Invoice) + (SELECT count(*) FROM InvoiceLine)") == 412 - 1 + 2240 - 2


@pytest.mark.parametrize(
    ("path", "users"),
    [
        ("/artists/1/", ["Album"]),
        ("/albums/1/", ["Track"]),
        ("/genres/1/", ["Track"]),
        ("/media-types/1/", ["Track"]),
        ("/tracks/1/", ["InvoiceLine", "PlaylistTrack"]),
        ("/playlists/1/", ["PlaylistTrack"]),
        ("/employees/1/", ["Employee"]),
        ("/employees/3/", ["Customer"]),
        ("/customers/1/", ["Invoice"]),
        ("/invoices/1/", ["InvoiceLine"]),
    ],
)
def test_a_row_in_use_stays(shop: Shop, path: str, users: list[str]) -> None:
    before = shop.get(path)
    answer = shop.client.delete(path)
    assert answer.status_code == 409
    assert [table for table in TABLES.values() if re.search(rf"\b{table}\b", answer.json["error"].partition("used by")[2])] == users
    assert shop.get(path) == before


@each_relation
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_dangling_key_is_refused(shop: Shop, method: str, name: str, field: str, target: str) -> None:
    before = shop.stored(name)
    body = {key: value for key, value in shop.get(f"/{name}/2/").items() if key not in ("id", "ressource_uri")}
    path = f"/{name}/" if method == "POST" else f"/{name}/2/"
    answer = shop.client.open(path, method=method, json=body | {field: ABSENT})
    assert answer.status_code == 400
    assert answer.json == {
        "error": f"{field} does not validate",
        "errors": {field: [f'Invalid pk "{ABSENT}" - object does not exist.']},
    }
    assert shop.stored(name) == before


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("/tracks/1/", "unit_price", "0.999"),
        ("/tracks/1/", "unit_price", "123456789.00"),
        ("/tracks/1/", "unit_price", None),
        ("/tracks/1/", "name", "x" * 201),
        ("/tracks/1/", "media_type", None),
        ("/tracks/1/", "milliseconds", "343719"),
        ("/invoices/1/", "invoice_date", "2025-01-01T00:00:00Z"),
        ("/invoices/1/", "invoice_date", "2025-02-29T00:00:00"),
        ("/employees/1/", "email", "nobody"),
        ("/playlist-tracks/1/", "id", 2),
    ],
)
def test_a_value_that_the_declaration_excludes_is_refused(shop: Shop, path: str, field: str, value: object) -> None:
    before = shop.get(path)
    answer = shop.client.patch(path, json={field: value})
    assert (answer.status_code, list(answer.json["errors"])) == (400, [field])
    assert shop.get(path) == before


def test_a_track_is_on_a_playlist_once(shop: Shop) -> None:
    answer = shop.client.post("/playlist-tracks/", json={"playlist": 1, "track": 3402})
    assert answer.status_code == 400
    assert answer.json["error"] == "The fields playlist, track must make a unique set."


# Serving.


def script(*arguments: object) -> list[str]:
    return [sys.executable, str(REPOSITORY / "tutorial/chinook.py"), *map(str, arguments)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def asked(request: Request | str, seconds: float = 20) -> Any:
    """The answer's status and JSON, as soon as the server takes connections."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urlopen(request, timeout=seconds) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_the_script_serves_a_copy_and_leaves_the_file_alone(file: Path, original: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = script("--db", file, "--port", port, "--workers", 2)
    with subprocess.Popen(command, cwd=file.parent, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            said = server.stdout.readline()
            headers = {"Content-Type": "application/json"}
            created = asked(Request(f"{base}/artists/", json.dumps({"name": "Björk"}).encode(), headers))
            shown = asked(f"{base}/artists/276/")
            found = re.search(r"lies at (\S+\.sqlite)", said)
            copy = Path(found[1]) if found else Path()
            with closing(sqlite3.connect(copy)) as connection:
                stored = connection.execute("SELECT Name FROM Artist WHERE ArtistId = 276").fetchall()
        finally:
            server.terminate()
    assert (created, stored) == ((201, None), [("Björk",)])
    assert shown == (200, {"id": 276, "name": "Björk", "ressource_uri": "/artists/276/"})
    assert said.startswith(f"This is a copy of {file}.")
    assert server.returncode == 0
    assert not copy.exists()
    assert (file.read_bytes(), list(file.parent.iterdir())) == (original.read_bytes(), [file])


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"no database, but text that is long enough", r"cannot open the database .*"), (b"", "it holds no tracks")],
    ids=["text", "empty"],
)
def test_another_file_is_refused_in_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    other = tmp_path / "other.sqlite"
    other.write_bytes(content)
    ended = subprocess.run(script("--db", other, "--port", free_port()), capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(f"Error: {re.escape(str(other))} is not the Chinook database: {reason}\n", ended.stderr)


def test_the_help_says_where_the_file_comes_from() -> None:
    said = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    assert "Chinook_Sqlite.sqlite of the Chinook database by Luis Rocha (MIT licence)" in said
    assert "lerocha/chinook-database on GitHub" in said
