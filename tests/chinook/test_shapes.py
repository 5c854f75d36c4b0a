"""Shapes on real data: answers of the Chinook database, held against SQL written by hand on the same file."""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient


def listed(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    answer = client.get(quote(path, safe="/?=&(),"))
    assert answer.status_code == 200, answer.get_json()
    found: list[dict[str, Any]] = answer.get_json()["object_list"]
    return found


def test_the_longest_rock_tracks_of_each_album(client: FlaskClient, connection: sqlite3.Connection) -> None:
    asked = "track_set(ordering=-milliseconds,count=3,genre__name=Rock,fields=(name))"
    found = [
        (one["title"], [track["name"] for track in one["track_set"]])
        for one in listed(client, f"/albums/?count=100&fields=title&expand={asked}")
    ]
    by_hand = []
    for key, title in connection.execute("SELECT AlbumId, Title FROM Album ORDER BY AlbumId LIMIT 100"):
        tracks = connection.execute(
            "SELECT t.Name FROM Track t JOIN Genre g USING (GenreId) WHERE t.AlbumId = ? AND g.Name = 'Rock'"
            " ORDER BY t.Milliseconds DESC, t.TrackId LIMIT 3",
            (key,),
        )
        by_hand.append((title, [name for (name,) in tracks]))
    assert found == by_hand


def test_three_levels(client: FlaskClient, connection: sqlite3.Connection) -> None:
    shape = "fields=name,album_set(title,track_set(name,genre(name)))&expand=album_set(expand=track_set(count=100))"
    rows = listed(client, f"/artists/?count=5&{shape}")
    found = [
        (artist["name"], album["title"], track["name"], track["genre"]["name"])
        for artist in rows
        for album in artist["album_set"]
        for track in album["track_set"]
    ]
    by_hand = connection.execute(
        "SELECT a.Name, b.Title, t.Name, g.Name FROM Artist a JOIN Album b USING (ArtistId) JOIN Track t USING (AlbumId)"
        " JOIN Genre g USING (GenreId) WHERE a.ArtistId <= 5 ORDER BY a.ArtistId, b.AlbumId, t.TrackId"
    )
    assert found == by_hand.fetchall()


def test_a_table_with_a_key_of_two_columns(client: FlaskClient, connection: sqlite3.Connection) -> None:
    pairs = "playlist_track_set(count=2,ordering=-track,fields=(track),expand=track(fields=(name)))"
    rows = listed(client, f"/playlists/?count=18&fields=id&expand={pairs}")
    found = [(one["id"], pair["track"]["name"]) for one in rows for pair in one["playlist_track_set"]]
    by_hand = []
    for (key,) in connection.execute("SELECT PlaylistId FROM Playlist ORDER BY PlaylistId").fetchall():
        by_hand += connection.execute(
            "SELECT p.PlaylistId, t.Name FROM PlaylistTrack p JOIN Track t USING (TrackId) WHERE p.PlaylistId = ?"
            " ORDER BY p.TrackId DESC LIMIT 2",
            (key,),
        ).fetchall()
    assert found == by_hand


def test_who_reports_to_whom(client: FlaskClient, connection: sqlite3.Connection) -> None:
    found = [
        (one["last_name"], boss["last_name"] if boss else None, len(one["subordinates"]))
        for one in listed(client, "/employees/?fields=last_name,reports_to(last_name),subordinates(id)")
        for boss in [one["reports_to"]]
    ]
    by_hand = connection.execute(
        "SELECT e.LastName, b.LastName, (SELECT count(*) FROM Employee s WHERE s.ReportsTo = e.EmployeeId)"
        " FROM Employee e LEFT JOIN Employee b ON b.EmployeeId = e.ReportsTo ORDER BY e.EmployeeId"
    )
    assert found == by_hand.fetchall()


def test_an_invoice_whole(client: FlaskClient, connection: sqlite3.Connection) -> None:
    path = "/invoices/5/?fields=total,customer(last_name),invoice_line_set(quantity,unit_price,track(name,album(title)))"
    found = client.get(path).get_json()
    lines = connection.execute(
        "SELECT l.Quantity, printf('%.2f', l.UnitPrice), t.Name, b.Title FROM InvoiceLine l JOIN Track t USING (TrackId)"
        " JOIN Album b USING (AlbumId) WHERE l.InvoiceId = 5 ORDER BY l.InvoiceLineId"
    )
    assert [
        (line["quantity"], line["unit_price"], line["track"]["name"], line["track"]["album"]["title"]) for line in found["invoice_line_set"]
    ] == lines.fetchall()
    (customer,) = connection.execute("SELECT c.LastName FROM Invoice i JOIN Customer c USING (CustomerId) WHERE i.InvoiceId = 5").fetchone()
    assert found["customer"] == {"last_name": customer}
