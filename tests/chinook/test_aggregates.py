"""Aggregates on real data: groups, sums and facets of the Chinook database, held against SQL written by hand on the same file."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from pyrest.store import Store
from tutorial.chinook import Invoice, InvoiceLine

# Money is summed in cents, which SQLite holds exactly.
CASES = [
    ("invoices", "aggregate=count,sum(total)&group_by=billing_country&ordering=-sum(total)",
     """SELECT BillingCountry, count(*), printf('%.2f', sum(CAST(round(Total * 100) AS INTEGER)) / 100.0) FROM Invoice
        GROUP BY 1 ORDER BY sum(CAST(round(Total * 100) AS INTEGER)) DESC, 1"""),
    ("invoices", "aggregate=count,min(total),max(total)&group_by=invoice_date__year,invoice_date__month",
     """SELECT CAST(strftime('%Y', InvoiceDate) AS INTEGER), CAST(strftime('%m', InvoiceDate) AS INTEGER), count(*),
        printf('%.2f', min(Total)), printf('%.2f', max(Total)) FROM Invoice GROUP BY 1, 2 ORDER BY 1, 2"""),
    ("invoices", "group_by=invoice_date__date&ordering=-invoice_date__date&invoice_date__year=2023",
     """SELECT date(InvoiceDate), count(*) FROM Invoice WHERE strftime('%Y', InvoiceDate) = '2023' GROUP BY 1 ORDER BY 1 DESC"""),
    ("tracks", "aggregate=count,avg(milliseconds),sum(bytes),count(composer),count_distinct(composer)&group_by=genre__name",
     """SELECT g.Name, count(*), avg(Milliseconds), sum(Bytes), count(Composer), count(DISTINCT Composer) FROM Track
        LEFT JOIN Genre g USING (GenreId) GROUP BY 1 ORDER BY 1"""),
    ("tracks", "aggregate=count&group_by=album__artist__name&ordering=-count&genre__name=Rock",
     """SELECT a.Name, count(*) FROM Track JOIN Album USING (AlbumId) JOIN Artist a USING (ArtistId) JOIN Genre g USING (GenreId)
        WHERE g.Name = 'Rock' GROUP BY 1 ORDER BY 2 DESC, 1"""),
    ("tracks", "group_by=composer&ordering=composer:nullslast&milliseconds__gt=500000",
     "SELECT Composer, count(*) FROM Track WHERE Milliseconds > 500000 GROUP BY 1 ORDER BY Composer IS NULL, 1"),
    ("invoice-lines", "aggregate=sum(quantity)&group_by=track__genre__name,invoice__customer__country&ordering=-sum(quantity)",
     """SELECT g.Name, c.Country, sum(Quantity) FROM InvoiceLine JOIN Track t USING (TrackId) JOIN Genre g USING (GenreId)
        JOIN Invoice USING (InvoiceId) JOIN Customer c USING (CustomerId) GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"""),
    ("customers", "aggregate=count&group_by=support_rep__reports_to__last_name",
     """SELECT b.LastName, count(*) FROM Customer LEFT JOIN Employee e ON e.EmployeeId = SupportRepId
        LEFT JOIN Employee b ON b.EmployeeId = e.ReportsTo GROUP BY 1 ORDER BY 1"""),
    ("employees", "aggregate=min(birth_date),max(hire_date),count(reports_to)",
     "SELECT date(min(BirthDate)), date(max(HireDate)), count(ReportsTo) FROM Employee"),
]  # fmt: skip


def listed(client: FlaskClient, name: str, query: str) -> tuple[list[tuple[Any, ...]], int]:
    """The groups of all pages, and the total that they say."""
    found: list[tuple[Any, ...]] = []
    reference = "?" + quote(query + "&count=20", safe="=&")
    while reference != "null":
        answer = client.get(f"/{name}/{reference}")
        assert answer.status_code == 200, answer.text
        found += [tuple(group.values()) for group in answer.json["object_list"]]
        reference = answer.json["meta"]["next"]
    return found, answer.json["meta"]["total_count"]


@pytest.mark.parametrize(("name", "query", "sql"), CASES, ids=[f"{name}?{query}" for name, query, _ in CASES])
def test_groups_are_what_the_sql_by_hand_says(client: FlaskClient, connection: sqlite3.Connection, name: str, query: str, sql: str) -> None:
    meant = connection.execute(sql).fetchall()
    found, total = listed(client, name, query)
    assert meant
    assert ([tuple(map(date_only, row)) for row in found], total) == (meant, len(meant))


def date_only(value: Any) -> Any:
    return value.removesuffix("T00:00:00") if isinstance(value, str) else value


def test_the_example_of_the_issue(client: FlaskClient) -> None:
    answer = client.get("/invoices/?aggregate=count,sum(total)&group_by=billing_country&ordering=-sum(total)&count=5").json
    assert answer["object_list"][0] == {"billing_country": "USA", "count": 91, "sum(total)": "523.06"}
    assert answer["meta"]["total_count"] == 24


def test_facets_are_what_the_sql_by_hand_says(client: FlaskClient, connection: sqlite3.Connection) -> None:
    meta = client.get("/tracks/?facet=genre,media_type&milliseconds__lt=300000&count=1").json["meta"]
    for facet, column in (("genre", "GenreId"), ("media_type", "MediaTypeId")):
        meant = connection.execute(f"SELECT {column}, count(*) FROM Track WHERE Milliseconds < 300000 GROUP BY 1 ORDER BY 2 DESC, 1")
        assert [tuple(one.values()) for one in meta["facets"][facet]] == meant.fetchall()
    assert meta["facets_cut"] == []


def test_a_queryset_sums_exactly(store: Store, connection: sqlite3.Connection) -> None:
    ((cents, count),) = connection.execute(
        "SELECT sum(CAST(round(Total * 100) AS INTEGER)), count(*) FROM Invoice WHERE BillingCountry = 'USA'"
    )
    found = store[Invoice].filter(billing_country="USA").aggregate("count", "sum(total)", "avg(total)")
    mean = (Decimal(cents) / 100 / count).quantize(Decimal("0.000001"))
    assert found == {"count": count, "sum(total)": Decimal(cents).scaleb(-2), "avg(total)": mean}


def test_the_total_of_each_invoice_is_that_of_its_lines(store: Store) -> None:
    lines = store[InvoiceLine].aggregate("sum(unit_price)", group_by=("invoice", "invoice__total"))
    assert len(lines) == 412
    assert all(group["sum(unit_price)"] == group["invoice__total"] for group in lines)
