"""GenericForeignKey and GenericRelation in Python, over every store: both sides, what is written, and what it costs."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pyrest import MemoryDataStore, Misdeclared, SQLiteDataStore, UnknownName, ValidationError, models
from pyrest.store import Store

BOX = UUID("12345678-1234-5678-1234-56781234abcd")


class Tag(models.Model):
    """Its key field holds whole numbers."""

    id = models.PkField()
    name = models.StringField(required=True)
    content_type = models.StringField(column="kind")
    object_id = models.IntegerField(column="number")
    content_object = models.GenericForeignKey()

    class Meta:
        ordering = ("-name",)


class Label(models.Model):
    """Its key field holds the text of any key."""

    id = models.PkField()
    table = models.StringField()
    key = models.StringField()
    of = models.GenericForeignKey("table", "key")


class Link(models.Model):
    """It points at two rows, each with fields of its own."""

    id = models.PkField()
    from_type = models.StringField()
    from_key = models.UUIDField()
    to_type = models.StringField()
    to_key = models.StringField()
    start = models.GenericForeignKey("from_type", "from_key")
    end = models.GenericForeignKey("to_type", "to_key")


class Note(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)
    tags = models.GenericRelation(Tag)
    labels = models.GenericRelation("label")


class Bookmark(models.Model):
    id = models.PkField(column="number")
    url = models.StringField(required=True)
    tags = models.GenericRelation("tag")

    class Meta:
        table = "book marks"


class Country(models.Model):
    code = models.StringPkField()
    labels = models.GenericRelation(Label)


class Box(models.Model):
    id = models.UUIDPkField()
    labels = models.GenericRelation(Label)
    links_out = models.GenericRelation(Link, field="start")
    links_in = models.GenericRelation(Link, field="end")


class Plain(models.Model):
    """It says nothing of what points at it."""

    id = models.PkField()


class Stranger(models.Model):
    """No store here keeps it."""

    id = models.PkField()


MODELS = (Note, Bookmark, Country, Box, Plain, Label)


def fill(store: Store) -> None:
    """Two notes, two bookmarks, two countries, a box, a plain row, and five tags."""
    one, two = store[Note].bulk_create([{"text": "one"}, {"text": "two"}])
    here, _ = store[Bookmark].bulk_create([{"url": "/here"}, {"url": "/there"}])
    store[Country].bulk_create([{"code": "se"}, {"code": "1"}])
    store[Box].create(id=BOX)
    store[Plain].create()
    pointed = {"a": one, "b": two, "c": here, "d": one, "e": None}
    store[Tag].bulk_create({"name": name, "content_object": row} for name, row in pointed.items())


def note(store: Store, text: str = "one") -> Any:
    return store[Note].get(text=text)


def tag(store: Store, name: str) -> Any:
    return store[Tag].get(name=name)


def names(tags: Any) -> list[str]:
    return [found.name for found in tags]


# The row that is pointed at


def test_one_result_points_at_several_tables(store: Store) -> None:
    assert [(found.name, str(found.content_object)) for found in store[Tag].order_by("name")] == [
        ("a", "Note 1"), ("b", "Note 2"), ("c", "Bookmark 1"), ("d", "Note 1"), ("e", "None"),
    ]  # fmt: skip


def test_the_row_is_whole_and_goes_on(store: Store) -> None:
    pointed = tag(store, "c").content_object
    assert (pointed.url, names(pointed.tags)) == ("/here", ["c"])
    assert names(tag(store, "a").content_object.tags.all()[0].content_object.tags) == ["d", "a"]


def test_the_pair_is_the_table_and_the_key(store: Store) -> None:
    assert [(found.content_type, found.object_id) for found in store[Tag].order_by("name")] == [
        ("note", 1), ("note", 2), ("book marks", 1), ("note", 1), (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "held"),
    [(Note, "2"), (Country, "se"), (Box, str(BOX)), (Plain, "1")],
    ids=["a whole number", "a text", "a UUID", "a model without the other side"],
)
def test_a_text_field_holds_the_text_of_any_key(store: Store, model: type[models.Model], held: str) -> None:
    row = store[model].order_by("-pk")[0]
    label = store[Label].create(of=row)
    assert (label.table, label.key) == (model.__name__.lower(), held)
    assert store[Label].get(id=label.pk).of == row
    assert label.of == row


def test_keys_of_one_text_in_two_tables(store: Store) -> None:
    country, first = store[Country].get(code="1"), note(store)
    store[Label].bulk_create([{"of": country}, {"of": first}])
    assert [label.of for label in store[Label].all()] == [country, first]
    assert ([label.pk for label in country.labels], [label.pk for label in first.labels]) == ([1], [2])


def test_a_model_may_point_at_two_rows(store: Store) -> None:
    box = store[Box].get()
    out = store[Link].create(start=box, end=note(store))
    back = store[Link].create(end=box)
    assert (out.start, out.end, back.start, back.end) == (box, note(store), None, box)
    assert (out.from_key, back.to_key) == (BOX, str(BOX))
    assert (list(box.links_out), list(box.links_in)) == ([out], [back])


def test_a_row_may_point_at_two_of_one_table(store: Store) -> None:
    first, second = store[Box].get(), store[Box].create()
    store[Link].create(start=first, end=second)
    assert [(link.start, link.end) for link in store[Link].all()] == [(first, second)]
    assert [(box.links_out.count(), box.links_in.count()) for box in (first, second)] == [(1, 0), (0, 1)]


NOTHING: list[tuple[str | None, str | None]] = [
    (None, None), (None, "1"), ("note", None), ("box", None), ("country", None), ("note", "99"), ("country", "xx"),
    ("box", str(UUID(int=0))), ("nothing", "1"), ("", "1"), ("Note", "1"), ("stranger", "1"), ("note", "x"), ("note", ""), ("note", "01"),
    ("note", " 1"), ("note", "1.0"), ("note", "\u0661"), ("note", "9" * 30), ("box", "x"), ("box", "1"), ("box", BOX.hex),
    ("box", str(BOX).upper()), ("country", "SE"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "key"), NOTHING, ids=repr)
def test_what_points_at_nothing_is_none(store: Store, table: str | None, key: str | None) -> None:
    store[Label].create(table=table, key=key)
    assert store[Label].get().of is None
    for model in (Note, Country, Box):
        assert not any(list(row.labels) for row in store[model].all())


def test_a_key_of_another_kind_is_none(store: Store) -> None:
    store[Tag].bulk_create({"name": table, "content_type": table, "object_id": 1} for table in ("country", "box"))
    assert [tag(store, table).content_object for table in ("country", "box")] == [None, None]


def test_what_points_at_nothing_stands_beside_what_does(store: Store) -> None:
    store[Label].bulk_create({"table": "note", "key": key} for key in ("x", "1", None, "99", "2"))
    assert [str(label.of) for label in store[Label].all()] == ["None", "Note 1", "None", "None", "Note 2"]


def test_deleting_a_row_leaves_what_points_at_it(store: Store) -> None:
    assert store[Note].filter(text="one").delete() == 1
    left = tag(store, "a")
    assert (left.content_type, left.object_id, left.content_object) == ("note", 1, None)


def test_a_row_keeps_what_it_was_fetched_with(store: Store) -> None:
    found = tag(store, "a")
    assert found.content_object.text == "one"
    store[Note].delete()
    assert found.content_object.text == "one"
    assert tag(store, "a").content_object is None


# Writing


def test_create_takes_a_row(store: Store) -> None:
    created = store[Tag].create(name="new", content_object=note(store, "two"))
    assert (created.content_type, created.object_id, created.content_object) == ("note", 2, note(store, "two"))
    assert tag(store, "new").content_object == note(store, "two")


def test_create_takes_the_pair(store: Store) -> None:
    assert store[Tag].create(name="new", content_type="book marks", object_id=2).content_object.url == "/there"


def test_bulk_create_takes_rows_of_several_tables(store: Store) -> None:
    rows = [note(store), store[Bookmark].get(id=2), None]
    created = store[Tag].bulk_create({"name": str(n), "content_object": row} for n, row in enumerate(rows))
    assert [found.content_object for found in created] == rows


def test_a_row_that_is_not_stored_takes_a_row(store: Store) -> None:
    loose = Tag(name="loose", content_object=note(store))
    assert (loose.content_type, loose.object_id) == ("note", 1)
    with pytest.raises(Misdeclared, match=r"^this Tag comes from no store, so content_object cannot be fetched$"):
        _ = loose.content_object
    assert store[Tag].bulk_create([loose])[0].content_object == note(store)


def test_a_row_that_is_not_stored_has_no_other_side() -> None:
    with pytest.raises(Misdeclared, match=r"^this Note comes from no store, so tags cannot be fetched$"):
        _ = Note(text="loose").tags


@pytest.mark.parametrize("name", ["c", "e"], ids=["from another table", "from none"])
def test_update_takes_a_row(store: Store, name: str) -> None:
    assert store[Tag].filter(name=name).update(content_object=note(store, "two")) == 1
    assert tag(store, name).content_object == note(store, "two")


def test_none_makes_the_pair_null(store: Store) -> None:
    assert store[Tag].filter(name="a").update(content_object=None) == 1
    emptied, created = tag(store, "a"), store[Tag].create(name="new", content_object=None)
    assert [(found.content_type, found.object_id) for found in (emptied, created, Tag(name="x", content_object=None))] == [(None, None)] * 3


NO_ROWS: list[tuple[Any, str]] = [
    (5, "content_object: A row of a store is required."),
    ("note", "content_object: A row of a store is required."),
    (Note, "content_object: A row of a store is required."),
    (("note", 1), "content_object: A row of a store is required."),
    (Note(text="loose"), "content_object: A row of a store is required."),
    (Country(code="se"), "object_id: A valid integer is required."),
    (Box(id=BOX), "object_id: A valid integer is required."),
]


@pytest.mark.parametrize(
    ("row", "message"), NO_ROWS, ids=["a number", "a text", "a model", "a pair", "not stored", "a text for a key", "a UUID for a key"]
)
@pytest.mark.parametrize(
    "write",
    [
        lambda store, row: store[Tag].create(name="new", content_object=row),
        lambda store, row: store[Tag].bulk_create([{"name": "fine"}, {"name": "new", "content_object": row}]),
        lambda store, row: store[Tag].filter(name="a").update(content_object=row),
        lambda store, row: Tag(name="new", content_object=row),
    ],
    ids=["create", "bulk_create", "update", "a row"],
)
def test_what_cannot_be_pointed_at(store: Store, write: Callable[[Store, Any], object], row: Any, message: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        write(store, row)
    assert str(refusal.value) == message
    assert (store[Tag].count(), tag(store, "a").content_object) == (5, note(store))


@pytest.mark.parametrize(
    ("beside", "field"), [({"object_id": 3}, "object_id"), ({"content_type": "note"}, "content_type")], ids=["key", "table"]
)
@pytest.mark.parametrize("row", [Note(id=1, text="x"), None], ids=["a row", "none"])
@pytest.mark.parametrize("first", ["row", "field"])
def test_what_is_given_twice(store: Store, beside: dict[str, Any], field: str, row: Any, first: str) -> None:
    pair = {"content_object": row}
    given = {**pair, **beside} if first == "row" else {**beside, **pair}
    with pytest.raises(ValidationError) as refusal:
        store[Tag].create(name="new", **given)
    assert str(refusal.value) == f"{field}: It is given twice, the second time as {[*given][1]}."
    with pytest.raises(ValidationError, match="It is given twice"):
        store[Tag].update(**given)


def test_a_pair_that_is_required_is_given_by_its_row() -> None:
    class Stamp(models.Model):
        id = models.PkField()
        table = models.StringField(required=True, max_length=4)
        key = models.IntegerField(required=True)
        of = models.GenericForeignKey("table", "key")

    kept = MemoryDataStore(models=[Stamp, *MODELS])
    row, far = kept[Note].create(text="one"), kept[Bookmark].create(url="/")
    assert kept[Stamp].create(of=row).of == row
    for given, fields in [({}, {"table", "key"}), ({"of": None}, {"table", "key"}), ({"of": far}, {"table"})]:
        with pytest.raises(ValidationError) as refusal:
            kept[Stamp].create(**given)
        assert refusal.value.errors.keys() == fields
    assert kept[Stamp].count() == 1


def test_a_row_of_a_model_that_the_store_does_not_keep_is_not_found(store: Store) -> None:
    created = store[Tag].create(name="new", content_object=Stranger(id=1))
    assert (created.content_type, created.content_object) == ("stranger", None)


def test_a_row_is_a_value(store: Store) -> None:
    with pytest.raises(AttributeError, match=r"^a row is a value"):
        tag(store, "a").content_object = None
    copied = pickle.loads(pickle.dumps(tag(store, "a")))
    assert (copied.content_type, copied.object_id) == ("note", 1)


# The rows that point


def test_the_other_side_gives_the_rows_that_point(store: Store) -> None:
    assert [(found.text, names(found.tags.all())) for found in store[Note].all()] == [("one", ["d", "a"]), ("two", ["b"])]
    assert [(found.url, names(found.tags)) for found in store[Bookmark].all()] == [("/here", ["c"]), ("/there", [])]


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda found: found.count(), 2),
        (lambda found: found.filter(name="a").count(), 1),
        (lambda found: found.filter(name="b").count(), 0),
        (lambda found: names(found.exclude(name="a")), ["d"]),
        (lambda found: names(found.order_by("name")), ["a", "d"]),
        (lambda found: names(found[1:]), ["a"]),
        (lambda found: found[0].name, "d"),
        (lambda found: found.first().name, "d"),
        (lambda found: found.get(name="a").pk, 1),
        (lambda found: found.filter(name="c").exists(), False),
        (lambda found: bool(found), True),
        (lambda found: repr(found), "store[Tag]"),
    ],
    ids=["count", "filter", "filter elsewhere", "exclude", "order_by", "slice", "index", "first", "get", "exists", "bool", "repr"],
)
def test_the_other_side_is_a_queryset(store: Store, ask: Callable[[Any], Any], answer: Any) -> None:
    assert ask(note(store).tags) == answer


@pytest.mark.parametrize(
    "row",
    [lambda store: store[Country].get(code="se"), lambda store: store[Box].get(), lambda store: note(store, "two")],
    ids=["a text", "a UUID", "a whole number"],
)
def test_what_is_created_through_a_row_points_at_it(store: Store, row: Callable[[Store], Any]) -> None:
    pointed = row(store)
    created = pointed.labels.create()
    assert created.of == pointed
    assert list(row(store).labels) == [created]
    assert [label.of for label in pointed.labels.bulk_create([{}, {}])] == [pointed, pointed]
    assert row(store).labels.count() == 3


def test_what_is_created_through_a_row_cannot_be_given_another(store: Store) -> None:
    with pytest.raises(ValidationError, match=r"^content_type: It is given twice, the second time as content_object\.$"):
        note(store).tags.create(name="new", content_object=note(store, "two"))
    assert store[Tag].count() == 5


def test_what_was_fetched_is_forgotten_after_a_write_through_it(store: Store) -> None:
    one, two = store[Note].all()
    assert (names(one.tags), names(two.tags)) == (["d", "a"], ["b"])
    one.tags.create(name="new")
    assert names(one.tags) == ["new", "d", "a"]
    one.tags.filter(name="new").update(content_object=two)
    assert (names(one.tags), names(two.tags)) == (["d", "a"], ["new", "b"])
    one.tags.filter(name="a").delete()
    assert names(one.tags) == ["d"]
    two.tags.update(content_object=None)
    assert names(two.tags) == []
    assert tag(store, "b").content_object is None


def test_a_set_that_was_taken_before_a_write_sees_it(store: Store) -> None:
    seen = note(store).tags
    assert seen.count() == 2
    seen.create(name="new")
    assert names(seen) == ["new", "d", "a"]
    seen.delete()
    assert (seen.count(), store[Tag].count()) == (0, 3)


# Names


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda store: store[Tag].filter(content_object=1), 'unknown field "content_object"; did you mean "content_type"?'),
        (lambda store: store[Tag].exclude(content_object=None), 'unknown field "content_object"; did you mean "content_type"?'),
        (lambda store: list(store[Tag].order_by("content_object")), 'unknown ordering "content_object"; did you mean "content_type"?'),
        (lambda store: store[Note].filter(tgas=1), 'unknown field "tgas"; did you mean "tags"?'),
        (lambda store: Note(text="x", tags=[]), 'unknown field "tags"'),
        (lambda store: list(store[Note].select_related("tags")), 'unknown relation "tags"'),
        (lambda store: list(store[Note].prefetch_related("tgas")), 'unknown relation "tgas"; did you mean "tags"?'),
        (lambda store: list(store[Tag].prefetch_related("content_object")), 'unknown relation "content_object"'),
    ],
    ids=["filter", "exclude", "order_by", "filter the other side", "create", "select_related", "prefetch misspelt", "prefetch a row"],
)
def test_names_that_are_refused(store: Store, ask: Callable[[Store], object], message: str) -> None:
    with pytest.raises(UnknownName) as refusal:
        ask(store)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("row", "name", "nearest"), [(note, "tgas", "tags"), (lambda store: tag(store, "a"), "content_objct", "content_object")]
)
def test_a_misspelt_name_says_the_nearest(store: Store, row: Callable[[Store], Any], name: str, nearest: str) -> None:
    with pytest.raises(AttributeError, match=f'has no attribute {name!r}; did you mean "{nearest}"\\?'):
        getattr(row(store), name)


# What it costs


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SQLiteDataStore]:
    """An SQLite store without rows."""
    store = SQLiteDataStore(tmp_path / "notes.db", models=MODELS, durability="normal")
    assert store[Note].count() == 0
    yield store
    store.close()


SIZES = pytest.mark.parametrize("size", [1, 10, 500])


@SIZES
def test_a_table_that_is_pointed_at_costs_a_statement(kept: SQLiteDataStore, size: int) -> None:
    rows: list[models.Model] = [*kept[Note].bulk_create({"text": str(n)} for n in range(size))]
    rows += kept[Bookmark].bulk_create({"url": str(n)} for n in range(size))
    kept[Tag].bulk_create({"name": str(n), "content_object": row} for n, row in enumerate(rows))
    kept[Tag].bulk_create([{"name": "none"}, {"name": "unknown", "content_type": "nothing", "object_id": 1}])
    with kept.recorded() as statements:
        pointed = [found.content_object for found in kept[Tag].order_by("id")]
    assert (pointed, len(statements)) == ([*rows, None, None], 3)


@SIZES
def test_text_keys_cost_a_statement_for_each_table(kept: SQLiteDataStore, size: int) -> None:
    rows: list[models.Model] = [*kept[Country].bulk_create({"code": str(n)} for n in range(size))]
    rows += kept[Box].bulk_create({} for _ in range(size))
    rows += kept[Note].bulk_create({"text": str(n)} for n in range(size))
    kept[Label].bulk_create({"of": row} for row in rows)
    with kept.recorded() as statements:
        assert [label.of for label in kept[Label].order_by("id")] == rows
    assert len(statements) == 4


@SIZES
def test_the_other_side_costs_a_statement(kept: SQLiteDataStore, size: int) -> None:
    rows = kept[Note].bulk_create({"text": str(n)} for n in range(size))
    kept[Tag].bulk_create({"name": f"{row.text} {n}", "content_object": row} for row in rows for n in range(2))
    with kept.recorded() as statements:
        found = [names(row.tags.all()) for row in kept[Note].all()]
    assert (found, len(statements)) == ([[f"{n} 1", f"{n} 0"] for n in range(size)], 2)


@SIZES
def test_prefetch_related_fetches_at_once(kept: SQLiteDataStore, size: int) -> None:
    boxes = kept[Box].bulk_create({} for _ in range(size))
    kept[Label].bulk_create({"of": box} for box in boxes)
    kept[Link].bulk_create({"start": box, "end": box} for box in boxes)
    with kept.recorded() as at_once:
        fetched = list(kept[Box].prefetch_related("labels", "links_in", "links_out"))
    with kept.recorded() as later:
        counts = [(box.labels.count(), len(list(box.links_in)), len(list(box.links_out))) for box in fetched]
    assert (len(at_once), len(later), counts) == (4, 0, [(1, 1, 1)] * size)


def test_a_table_is_asked_only_for_its_own_rows(kept: SQLiteDataStore) -> None:
    pairs = [("note", 1), ("book marks", 2), ("note", 3), ("note", 1)]
    kept[Tag].bulk_create({"name": "x", "content_type": table, "object_id": key} for table, key in pairs)
    with kept.recorded() as statements:
        assert [found.content_object for found in kept[Tag].order_by("id")] == [None] * 4
    assert ["json_each('[1,3]')" in statements[1], "json_each('[2]')" in statements[2]] == [True, True]


def test_what_can_be_no_key_is_not_asked_for(kept: SQLiteDataStore) -> None:
    kept[Label].bulk_create({"table": "note", "key": key} for key in (None, "x"))
    with kept.recorded() as statements:
        assert [label.of for label in kept[Label].all()] == [None, None]
    assert len(statements) == 1


def test_writing_by_row_costs_no_more_than_writing_the_pair(kept: SQLiteDataStore) -> None:
    row: Any = kept[Note].create(text="one")
    with kept.recorded() as by_row:
        kept[Tag].create(name="a", content_object=row)
    with kept.recorded() as by_pair:
        kept[Tag].create(name="a", content_type="note", object_id=row.pk)
    assert by_row == by_pair
