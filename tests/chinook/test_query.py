"""The query language on real data: lists of the Chinook database, held against SQL written by hand on the same file."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from pyrest.q import Q
from pyrest.store import Store
from tutorial.chinook import Album, Artist, Customer, Invoice, Track

Case = tuple[str, str, str]


def listed(client: FlaskClient, name: str, query: str) -> tuple[list[int], int]:
    """The keys of all pages of a list, and the total that it says."""
    found: list[int] = []
    reference = "?" + quote(query + "&count=100", safe="=&")
    while reference != "null":
        answer = client.get(f"/{name}/{reference}")
        assert answer.status_code == 200, answer.text
        found += [row["id"] for row in answer.json["object_list"]]
        reference = answer.json["meta"]["next"]
    return found, answer.json["meta"]["total_count"]


THROUGH_RELATIONS: list[Case] = [
    ("tracks", "album__artist__name=Metallica",
     """SELECT TrackId FROM Track JOIN Album USING (AlbumId) JOIN Artist USING (ArtistId) WHERE Artist.Name = 'Metallica' ORDER BY 1"""),
    ("tracks", "album__artist__name__startswith=M&genre__name=Rock",
     """SELECT TrackId FROM Track t JOIN Album USING (AlbumId) JOIN Artist a USING (ArtistId) JOIN Genre g USING (GenreId)
        WHERE a.Name GLOB 'M*' AND g.Name = 'Rock' ORDER BY 1"""),
    ("invoice-lines", "track__album__artist__name=Iron Maiden",
     """SELECT InvoiceLineId FROM InvoiceLine l JOIN Track t USING (TrackId) JOIN Album USING (AlbumId) JOIN Artist a USING (ArtistId)
        WHERE a.Name = 'Iron Maiden' ORDER BY 1"""),
    ("invoice-lines", "invoice__customer__support_rep__reports_to__last_name=Edwards&track__genre__name__in=Jazz,Blues",
     """SELECT InvoiceLineId FROM InvoiceLine l JOIN Invoice i USING (InvoiceId) JOIN Customer c USING (CustomerId)
        JOIN Employee e ON e.EmployeeId = c.SupportRepId JOIN Employee b ON b.EmployeeId = e.ReportsTo
        JOIN Track t USING (TrackId) JOIN Genre g USING (GenreId)
        WHERE b.LastName = 'Edwards' AND g.Name IN ('Jazz', 'Blues') ORDER BY 1"""),
    ("employees", "reports_to__reports_to__title=General Manager",
     """SELECT e.EmployeeId FROM Employee e JOIN Employee b ON b.EmployeeId = e.ReportsTo JOIN Employee c ON c.EmployeeId = b.ReportsTo
        WHERE c.Title = 'General Manager' ORDER BY 1"""),
]  # fmt: skip

SEMI_JOINS: list[Case] = [
    ("artists", "album_set__track_set__genre__name=Rock",
     """SELECT DISTINCT ArtistId FROM Album JOIN Track USING (AlbumId) JOIN Genre g USING (GenreId) WHERE g.Name = 'Rock' ORDER BY 1"""),
    ("genres", "track_set__invoice_line_set__invoice__customer__country=Brazil",
     """SELECT DISTINCT GenreId FROM Track JOIN InvoiceLine USING (TrackId) JOIN Invoice USING (InvoiceId)
        JOIN Customer c USING (CustomerId) WHERE c.Country = 'Brazil' ORDER BY 1"""),
    ("playlists", "playlist_track_set__track__album__artist__name__icontains=queen",
     """SELECT DISTINCT PlaylistId FROM PlaylistTrack JOIN Track USING (TrackId) JOIN Album USING (AlbumId) JOIN Artist a USING (ArtistId)
        WHERE a.Name LIKE '%queen%' ORDER BY 1"""),
    ("albums", "track_set__genre__name=Rock&track_set__milliseconds__gt=600000",
     """SELECT DISTINCT AlbumId FROM Track JOIN Genre g USING (GenreId) WHERE g.Name = 'Rock' AND Milliseconds > 600000 ORDER BY 1"""),
    ("albums", "track_set__genre__name=Rock&and=(track_set__milliseconds__gt=600000)",
     """SELECT AlbumId FROM Album WHERE AlbumId IN (SELECT AlbumId FROM Track JOIN Genre g USING (GenreId) WHERE g.Name = 'Rock')
        AND AlbumId IN (SELECT AlbumId FROM Track WHERE Milliseconds > 600000) ORDER BY 1"""),
    ("artists", "album_set__isnull=true",
     "SELECT ArtistId FROM Artist WHERE ArtistId NOT IN (SELECT ArtistId FROM Album) ORDER BY 1"),
    ("customers", "invoice_set__total__gte=20&invoice_set__invoice_date__year=2022",
     """SELECT DISTINCT CustomerId FROM Invoice WHERE Total >= 20 AND strftime('%Y', InvoiceDate) = '2022' ORDER BY 1"""),
    ("employees", "subordinates__customer_set__country=Canada",
     """SELECT DISTINCT ReportsTo FROM Employee JOIN Customer c ON c.SupportRepId = EmployeeId WHERE c.Country = 'Canada' ORDER BY 1"""),
    ("artists", "album_set__track_set__genre__name__ne=Rock",
     """SELECT ArtistId FROM Artist WHERE ArtistId NOT IN
        (SELECT ArtistId FROM Album JOIN Track USING (AlbumId) JOIN Genre g USING (GenreId) WHERE g.Name = 'Rock') ORDER BY 1"""),
]  # fmt: skip

TREES: list[Case] = [
    ("customers", "or=(city=Paris,and=(country=Germany,city__ne=Berlin))",
     "SELECT CustomerId FROM Customer WHERE City = 'Paris' OR (Country = 'Germany' AND City <> 'Berlin') ORDER BY 1"),
    ("customers", 'or=(city="São Paulo",company__contains="Inc.",not=(country__in=(USA,Canada,Brazil,France,Germany)))',
     """SELECT CustomerId FROM Customer WHERE City = 'São Paulo' OR instr(Company, 'Inc.')
        OR Country NOT IN ('USA', 'Canada', 'Brazil', 'France', 'Germany') ORDER BY 1"""),
    ("tracks", 'or=(name="Jump Around (Remix)",name__startswith="(Da Le)",composer="AC/DC")&milliseconds__lt=300000',
     """SELECT TrackId FROM Track WHERE (Name = 'Jump Around (Remix)' OR Name GLOB '(Da Le)*' OR Composer = 'AC/DC')
        AND Milliseconds < 300000 ORDER BY 1"""),
    ("tracks", "not=(composer__isnull=true)&not=(genre__name=Rock,media_type__name=MPEG audio file)&unit_price__lt=1.00",
     """SELECT TrackId FROM Track JOIN Genre g USING (GenreId) JOIN MediaType m USING (MediaTypeId) WHERE Composer IS NOT NULL
        AND NOT (g.Name = 'Rock' AND m.Name = 'MPEG audio file') AND UnitPrice < 1 ORDER BY 1"""),
    ("albums", "or=(artist__name=Queen,track_set__composer=Jimi Hendrix)",
     """SELECT AlbumId FROM Album JOIN Artist a USING (ArtistId) WHERE a.Name = 'Queen'
        OR AlbumId IN (SELECT AlbumId FROM Track WHERE Composer = 'Jimi Hendrix') ORDER BY 1"""),
]  # fmt: skip

NULLS_AND_RANGES: list[Case] = [
    ("tracks", "composer__isnull=true", "SELECT TrackId FROM Track WHERE Composer IS NULL ORDER BY 1"),
    ("tracks", "composer__ne=AC/DC", "SELECT TrackId FROM Track WHERE Composer IS NOT 'AC/DC' ORDER BY 1"),
    ("employees", "reports_to__isnull=true", "SELECT EmployeeId FROM Employee WHERE ReportsTo IS NULL"),
    ("employees", "reports_to=", "SELECT EmployeeId FROM Employee WHERE ReportsTo IS NULL"),
    ("customers", "company__isnull=false&state__isnull=true",
     "SELECT CustomerId FROM Customer WHERE Company IS NOT NULL AND State IS NULL ORDER BY 1"),
    ("customers", "company__gt=", "SELECT CustomerId FROM Customer WHERE Company > '' ORDER BY 1"),
    ("tracks", "milliseconds__range=200000,210000", "SELECT TrackId FROM Track WHERE Milliseconds BETWEEN 200000 AND 210000 ORDER BY 1"),
    ("invoices", "total__range=5.94,8.91", "SELECT InvoiceId FROM Invoice WHERE round(Total * 100) BETWEEN 594 AND 891 ORDER BY 1"),
    ("invoices", "total__exact=13.86", "SELECT InvoiceId FROM Invoice WHERE round(Total * 100) = 1386 ORDER BY 1"),
    ("invoices", "billing_city__gte=São Paulo&billing_city__lt=T",
     "SELECT InvoiceId FROM Invoice WHERE BillingCity >= 'São Paulo' AND BillingCity < 'T' ORDER BY 1"),
    ("tracks", "name__icontains=100%", "SELECT TrackId FROM Track WHERE instr(Name, '100%') ORDER BY 1"),
    ("tracks", "name__contains=_", "SELECT TrackId FROM Track WHERE instr(Name, '_') ORDER BY 1"),
    ("artists", "name__casefold__contains=ANTÔNIO", "SELECT ArtistId FROM Artist WHERE instr(Name, 'Antônio') ORDER BY 1"),
    ("artists", "name__istartswith=the ", "SELECT ArtistId FROM Artist WHERE Name LIKE 'the %' ORDER BY 1"),
    ("artists", "name__iendswith=SON", "SELECT ArtistId FROM Artist WHERE Name LIKE '%son' ORDER BY 1"),
]  # fmt: skip

DATES: list[Case] = [
    ("invoices", "invoice_date__year=2023", "SELECT InvoiceId FROM Invoice WHERE strftime('%Y', InvoiceDate) = '2023' ORDER BY 1"),
    ("invoices", "invoice_date__month=2", "SELECT InvoiceId FROM Invoice WHERE strftime('%m', InvoiceDate) = '02' ORDER BY 1"),
    ("invoices", "invoice_date__day__in=1,31",
     "SELECT InvoiceId FROM Invoice WHERE strftime('%d', InvoiceDate) IN ('01', '31') ORDER BY 1"),
    ("invoices", "invoice_date__date=2021-01-03", "SELECT InvoiceId FROM Invoice WHERE date(InvoiceDate) = '2021-01-03' ORDER BY 1"),
    ("invoices", "invoice_date__date__range=2022-12-20,2023-01-10",
     "SELECT InvoiceId FROM Invoice WHERE date(InvoiceDate) BETWEEN '2022-12-20' AND '2023-01-10' ORDER BY 1"),
    ("invoices", "invoice_date__gt=2025-12-05T00:00:00",
     "SELECT InvoiceId FROM Invoice WHERE InvoiceDate > '2025-12-05 00:00:00' ORDER BY 1"),
    ("employees", "birth_date__year__lt=1960&hire_date__year__lte=2002",
     "SELECT EmployeeId FROM Employee WHERE BirthDate < '1960-01-01' AND HireDate < '2003-01-01' ORDER BY 1"),
]  # fmt: skip

ORDERS: list[Case] = [
    ("albums", "ordering=artist__name,-title",
     "SELECT AlbumId FROM Album JOIN Artist a USING (ArtistId) ORDER BY a.Name, Title DESC, AlbumId"),
    ("tracks", "album=1&ordering=-milliseconds", "SELECT TrackId FROM Track WHERE AlbumId = 1 ORDER BY Milliseconds DESC"),
    ("tracks", "genre__name=Jazz&ordering=composer:nullslast,album__artist__name",
     """SELECT TrackId FROM Track t JOIN Genre g USING (GenreId) JOIN Album USING (AlbumId) JOIN Artist a USING (ArtistId)
        WHERE g.Name = 'Jazz' ORDER BY Composer IS NULL, Composer, a.Name, TrackId"""),
    ("employees", "ordering=-reports_to__last_name:nullsfirst",
     """SELECT e.EmployeeId FROM Employee e LEFT JOIN Employee b ON b.EmployeeId = e.ReportsTo
        ORDER BY b.LastName IS NOT NULL, b.LastName DESC, e.EmployeeId"""),
    ("customers", "country=USA&ordering=state:nullslast,-support_rep__last_name,company",
     """SELECT CustomerId FROM Customer c LEFT JOIN Employee e ON e.EmployeeId = SupportRepId WHERE c.Country = 'USA'
        ORDER BY c.State IS NULL, c.State, e.LastName DESC, Company, CustomerId"""),
]  # fmt: skip

CASES = [*THROUGH_RELATIONS, *SEMI_JOINS, *TREES, *NULLS_AND_RANGES, *DATES, *ORDERS]
NOTHING = ("name__contains=_",)


@pytest.mark.parametrize(("name", "query", "sql"), CASES, ids=[f"{name}?{query}" for name, query, _ in CASES])
def test_a_list_is_what_the_sql_by_hand_says(client: FlaskClient, connection: sqlite3.Connection, name: str, query: str, sql: str) -> None:
    meant = [key for (key,) in connection.execute(sql)]
    assert bool(meant) is (query not in NOTHING)
    assert listed(client, name, query) == (meant, len(meant))


@pytest.mark.parametrize(
    ("model", "q", "sql"),
    [
        (Track, Q(album__artist__name="Queen") & ~Q(composer__icontains="mercury"),
         """SELECT TrackId FROM Track JOIN Album USING (AlbumId) JOIN Artist a USING (ArtistId)
            WHERE a.Name = 'Queen' AND (Composer IS NULL OR Composer NOT LIKE '%mercury%') ORDER BY 1"""),
        (Artist, Q(album_set__track_set__unit_price=Decimal("1.99"), album_set__title__contains="Season"),
         """SELECT DISTINCT ArtistId FROM Album JOIN Track USING (AlbumId)
            WHERE round(UnitPrice * 100) = 199 AND instr(Title, 'Season') ORDER BY 1"""),
        (Invoice, Q(customer__country="France") | Q(total__gt=Decimal(21)),
         "SELECT InvoiceId FROM Invoice JOIN Customer c USING (CustomerId) WHERE c.Country = 'France' OR Total > 21 ORDER BY 1"),
        (Customer, ~Q(invoice_set__invoice_line_set__track__genre__name="Rock"),
         """SELECT CustomerId FROM Customer WHERE CustomerId NOT IN (SELECT CustomerId FROM Invoice JOIN InvoiceLine USING (InvoiceId)
            JOIN Track t USING (TrackId) JOIN Genre g USING (GenreId) WHERE g.Name = 'Rock') ORDER BY 1"""),
        (Album, Q(track_set__playlist_track_set__playlist__name="Grunge"),
         """SELECT DISTINCT AlbumId FROM Track JOIN PlaylistTrack USING (TrackId) JOIN Playlist p USING (PlaylistId)
            WHERE p.Name = 'Grunge' ORDER BY 1"""),
    ],
    ids=str,
)  # fmt: skip
def test_a_queryset_is_what_the_sql_by_hand_says(store: Store, connection: sqlite3.Connection, model: Any, q: Q, sql: str) -> None:
    meant = [key for (key,) in connection.execute(sql)]
    found = store[model].filter(q)
    assert ([row.pk for row in found], found.count()) == (meant, len(meant))
