"""A database file that was there before: all eleven tables of the Chinook database, a shop for digital music.

The file is public: Chinook_Sqlite.sqlite of the Chinook database by Luis Rocha, under the MIT licence, from the
project lerocha/chinook-database on GitHub. `python tutorial/chinook.py --db Chinook_Sqlite.sqlite` serves a copy of it.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

# Python looks for modules beside a script; in a clone that is not installed, pyrest is one directory higher.
sys.path.append(str(Path(__file__).resolve().parents[1]))

import click

from pyrest import Endpoint, PyrestError, SQLiteDataStore, Wrapper, models
from pyrest.cli import serving_options
from pyrest.server import serve

COPY = "CHINOOK_COPY"


class Artist(models.Model):
    id = models.PkField(column="ArtistId")
    name = models.StringField(max_length=120, column="Name")

    class Meta:
        table = "Artist"


class Album(models.Model):
    id = models.PkField(column="AlbumId")
    title = models.StringField(required=True, max_length=160, column="Title")
    artist = models.IntegerField(required=True, foreign={"table": "Artist", "column": "ArtistId"}, column="ArtistId")

    class Meta:
        table = "Album"


class Genre(models.Model):
    id = models.PkField(column="GenreId")
    name = models.StringField(max_length=120, column="Name")

    class Meta:
        table = "Genre"


class MediaType(models.Model):
    id = models.PkField(column="MediaTypeId")
    name = models.StringField(max_length=120, column="Name")

    class Meta:
        table = "MediaType"


class Track(models.Model):
    id = models.PkField(column="TrackId")
    name = models.StringField(required=True, max_length=200, column="Name")
    album = models.IntegerField(foreign={"table": "Album", "column": "AlbumId"}, column="AlbumId")
    media_type = models.IntegerField(required=True, foreign={"table": "MediaType", "column": "MediaTypeId"}, column="MediaTypeId")
    genre = models.IntegerField(foreign={"table": "Genre", "column": "GenreId"}, column="GenreId")
    composer = models.StringField(max_length=220, column="Composer")
    milliseconds = models.IntegerField(required=True, column="Milliseconds")
    bytes = models.IntegerField(column="Bytes")
    unit_price = models.DecimalField(required=True, max_digits=10, decimal_places=2, column="UnitPrice")

    class Meta:
        table = "Track"


class Playlist(models.Model):
    id = models.PkField(column="PlaylistId")
    name = models.StringField(max_length=120, column="Name")

    class Meta:
        table = "Playlist"


class PlaylistTrack(models.Model):
    # The key of this table has two columns. SQLite's rowid tells its rows apart until somebody runs VACUUM on the file.
    id = models.PkField(column="rowid")
    playlist = models.IntegerField(required=True, foreign={"table": "Playlist", "column": "PlaylistId"}, column="PlaylistId")
    track = models.IntegerField(required=True, foreign={"table": "Track", "column": "TrackId"}, column="TrackId")

    class Meta:
        table = "PlaylistTrack"
        unique_together = (("playlist", "track"),)


class Employee(models.Model):
    id = models.PkField(column="EmployeeId")
    last_name = models.StringField(required=True, max_length=20, column="LastName")
    first_name = models.StringField(required=True, max_length=20, column="FirstName")
    title = models.StringField(max_length=30, column="Title")
    reports_to = models.IntegerField(
        foreign={"table": "Employee", "column": "EmployeeId"}, related_name="subordinates", column="ReportsTo"
    )
    birth_date = models.DateTimeField(naive=True, column="BirthDate")
    hire_date = models.DateTimeField(naive=True, column="HireDate")
    address = models.StringField(max_length=70, column="Address")
    city = models.StringField(max_length=40, column="City")
    state = models.StringField(max_length=40, column="State")
    country = models.StringField(max_length=40, column="Country")
    postal_code = models.StringField(max_length=10, column="PostalCode")
    phone = models.StringField(max_length=24, column="Phone")
    fax = models.StringField(max_length=24, column="Fax")
    email = models.EmailField(max_length=60, column="Email")

    class Meta:
        table = "Employee"


class Customer(models.Model):
    id = models.PkField(column="CustomerId")
    first_name = models.StringField(required=True, max_length=40, column="FirstName")
    last_name = models.StringField(required=True, max_length=20, column="LastName")
    company = models.StringField(max_length=80, column="Company")
    address = models.StringField(max_length=70, column="Address")
    city = models.StringField(max_length=40, column="City")
    state = models.StringField(max_length=40, column="State")
    country = models.StringField(max_length=40, column="Country")
    postal_code = models.StringField(max_length=10, column="PostalCode")
    phone = models.StringField(max_length=24, column="Phone")
    fax = models.StringField(max_length=24, column="Fax")
    # No EmailField: one of these addresses has letters outside ASCII before its @.
    email = models.StringField(required=True, max_length=60, column="Email")
    support_rep = models.IntegerField(foreign={"table": "Employee", "column": "EmployeeId"}, column="SupportRepId")

    class Meta:
        table = "Customer"


class Invoice(models.Model):
    id = models.PkField(column="InvoiceId")
    customer = models.IntegerField(required=True, foreign={"table": "Customer", "column": "CustomerId"}, column="CustomerId")
    invoice_date = models.DateTimeField(required=True, naive=True, column="InvoiceDate")
    billing_address = models.StringField(max_length=70, column="BillingAddress")
    billing_city = models.StringField(max_length=40, column="BillingCity")
    billing_state = models.StringField(max_length=40, column="BillingState")
    billing_country = models.StringField(max_length=40, column="BillingCountry")
    billing_postal_code = models.StringField(max_length=10, column="BillingPostalCode")
    total = models.DecimalField(required=True, max_digits=10, decimal_places=2, column="Total")

    class Meta:
        table = "Invoice"


class InvoiceLine(models.Model):
    id = models.PkField(column="InvoiceLineId")
    invoice = models.IntegerField(required=True, foreign={"table": "Invoice", "column": "InvoiceId"}, column="InvoiceId")
    track = models.IntegerField(required=True, foreign={"table": "Track", "column": "TrackId"}, column="TrackId")
    unit_price = models.DecimalField(required=True, max_digits=10, decimal_places=2, column="UnitPrice")
    quantity = models.IntegerField(required=True, column="Quantity")

    class Meta:
        table = "InvoiceLine"


class Artists(Endpoint):
    name = "artists"
    model = Artist


class Albums(Endpoint):
    name = "albums"
    model = Album


class Genres(Endpoint):
    name = "genres"
    model = Genre


class MediaTypes(Endpoint):
    name = "media-types"
    model = MediaType


class Tracks(Endpoint):
    name = "tracks"
    model = Track


class Playlists(Endpoint):
    name = "playlists"
    model = Playlist


class PlaylistTracks(Endpoint):
    name = "playlist-tracks"
    model = PlaylistTrack


class Employees(Endpoint):
    name = "employees"
    model = Employee


class Customers(Endpoint):
    name = "customers"
    model = Customer


class Invoices(Endpoint):
    name = "invoices"
    model = Invoice


class InvoiceLines(Endpoint):
    name = "invoice-lines"
    model = InvoiceLine


ENDPOINTS = (
    Albums, Artists, Customers, Employees, Genres, InvoiceLines, Invoices, MediaTypes, PlaylistTracks, Playlists, Tracks,
)  # fmt: skip


def build(path: str | Path) -> Wrapper:
    """The API over a file of the Chinook database, which it writes to.

    Raises `StoreUnusable` for a file that is no database, `Misdeclared` where its tables are not these.
    """
    return Wrapper(ENDPOINTS, datastore=SQLiteDataStore(path), name="Chinook")


@click.command()
@click.option("--db", required=True, type=click.Path(exists=True, dir_okay=False), help="The database file; a copy of it is served.")
@serving_options
def main(db: str, host: str, port: int, workers: int | None, debug: bool) -> None:
    """Serves a copy of the Chinook database.

    The public file is Chinook_Sqlite.sqlite of the Chinook database by Luis Rocha (MIT licence), from the project
    lerocha/chinook-database on GitHub.
    """
    # Flask's reloader starts this script again, which goes on with the copy that is there.
    reloaded = os.environ.get("WERKZEUG_RUN_MAIN") == "true"
    with nullcontext() if reloaded else copied(db):
        serve("tutorial.chinook:app", host=host, port=port, workers=workers, debug=debug)


@contextmanager
def copied(db: str) -> Iterator[None]:
    """A copy of the file, put where `app` finds it and thrown away at the end. Raises `ClickException` for a file of something else."""
    with tempfile.TemporaryDirectory(prefix="chinook-") as directory:
        copy = shutil.copyfile(db, Path(directory, "chinook.sqlite"))
        refuse_another(db, copy)
        os.environ[COPY] = str(copy)
        click.echo(f"This is a copy of {db}. It lies at {copy} and goes when the server stops.")
        yield


def refuse_another(db: str, copy: Path) -> None:
    try:
        known = build(copy).store[Track].exists()
    except PyrestError as refusal:
        raise click.ClickException(f"{db} is not the Chinook database: {refusal}") from refusal
    if not known:
        raise click.ClickException(f"{db} is not the Chinook database: it holds no tracks")


if COPY in os.environ:
    app = build(os.environ[COPY]).create_app()


if __name__ == "__main__":
    main()
