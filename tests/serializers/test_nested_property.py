"""Random trees are written, read back, edited and written again; what is there then is held against an oracle in plain Python."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrest import MemoryDataStore, SQLiteDataStore
from pyrest.serializers import ModelSerializer
from pyrest.store import Store
from tests.serializers.library import MODELS, Album, Artist, Tag, Track

Json = dict[str, Any]
Mode = Literal["put", "patch"]
Label = Any
"""The key of a row that was there, or a mark of a new one."""

TITLES = st.sampled_from(["Blue", "Hejira", "Mingus", "Hissing"])
CODES = st.none() | st.sampled_from(["c1", "c2", "c3", "c4", "c5"])
NAMES = st.sampled_from(["folk", "jazz", "live", "rock"])
COLOURS = st.none() | st.sampled_from(["red", "green"])
YEARS = st.none() | st.integers(1970, 1972)
ORDERS = st.integers(1, 4)


def examples(full: bool, short: int, long: int) -> settings:
    return settings(max_examples=long if full else short, deadline=None, suppress_health_check=list(HealthCheck))


# Serializers: artist → albums → tracks, and tags that albums are joined with.


@dataclass(frozen=True)
class Rules:
    """What `Meta.nested` says at each depth."""

    albums: str = "keep"
    tracks: str = "keep"
    tags: str = "keep"
    match: str = "pk"


RULES = st.builds(
    Rules,
    albums=st.sampled_from(["keep", "unlink", "delete"]),
    tracks=st.sampled_from(["keep", "delete"]),
    tags=st.sampled_from(["keep", "unlink", "delete"]),
    match=st.sampled_from(["pk", "name"]),
)


class TrackSerializer(ModelSerializer):
    class Meta:
        model = Track
        fields = ("id", "order", "title", "code")


class TagSerializer(ModelSerializer):
    class Meta:
        model = Tag
        fields = ("id", "name", "colour")


class NamedTagSerializer(ModelSerializer):
    class Meta:
        model = Tag
        fields = ("name", "colour")


@functools.cache
def artists(rules: Rules) -> type[ModelSerializer]:
    class AlbumSerializer(ModelSerializer):
        tracks = TrackSerializer(many=True, required=False)
        tags = (TagSerializer if rules.match == "pk" else NamedTagSerializer)(many=True, required=False)

        class Meta:
            model = Album
            fields = ("id", "title", "year", "tracks", "tags")
            nested = {"tracks": {"missing": rules.tracks}, "tags": {"missing": rules.tags, "match": rules.match}}

    class ArtistSerializer(ModelSerializer):
        albums = AlbumSerializer(many=True, required=False)

        class Meta:
            model = Artist
            fields = ("id", "name", "albums")
            nested = {"albums": {"missing": rules.albums}}

    return ArtistSerializer


# Trees.


@st.composite
def trees(draw: st.DrawFn, rules: Rules) -> Json:
    """An artist that can be written: nothing that has to be unique is there twice."""
    codes = draw(st.permutations(["c1", "c2", "c3", "c4"]))
    colours = {name: draw(COLOURS) for name in ("folk", "jazz", "live")}
    unused = draw(st.permutations(list(colours)))
    albums = []
    for title in draw(st.lists(TITLES, unique=True, max_size=3)):
        orders = draw(st.lists(ORDERS, unique=True, max_size=3))
        tracks = [{"order": o, "title": draw(TITLES), "code": codes.pop() if codes and draw(st.booleans()) else None} for o in orders]
        if rules.match == "name":
            names = draw(st.lists(st.sampled_from(sorted(colours)), unique=True, max_size=2))
        else:
            names = [unused.pop() for _ in range(draw(st.integers(0, min(2, len(unused)))))]
        tags = [{"name": name, "colour": colours[name]} for name in names]
        albums.append({"title": title, "year": draw(YEARS), "tracks": tracks, "tags": tags})
    return {"name": "Joni", "albums": albums}


def stores() -> Iterator[Store]:
    """Each kind of store with an artist of somebody else's in it."""
    with closing(SQLiteDataStore(":memory:", models=MODELS)) as sqlite:
        for store in (sqlite, MemoryDataStore(models=MODELS)):
            other = store[Artist].create(name="Other")
            album = store[Album].create(title="Blue", artist=other)
            store[Track].create(order=1, title="Blue", code="c5", album=album)
            album.tags.create(name="rock", colour="red")
            yield store


def put(store: Store, rules: Rules, body: Json, row: Any = None, mode: Mode = "put") -> Any:
    """What is wrong with a body, and if that is nothing, the row that was written."""
    serializer = artists(rules)(row, data=copy.deepcopy(body), store=store, partial=mode == "patch")
    if not serializer.is_valid():
        return serializer.errors, None
    return {}, serializer.save()


def sent_back(shown: Json) -> Json:
    """What was shown as a client has it, in which no two objects are one."""
    found: Json = json.loads(json.dumps(shown))
    return found


def plain(shown: Any) -> Any:
    """What a client would have to send: no keys, and lists in an order of their own."""
    if isinstance(shown, dict):
        return {name: plain(value) for name, value in sorted(shown.items()) if name != "id"}
    return sorted(map(plain, shown), key=repr) if isinstance(shown, list) else shown


# The oracle: all rows, by labels.


@dataclass
class Rows:
    """Tags and albums by their labels. An album knows whose it is, its tracks by their labels, and the labels of its tags."""

    albums: dict[Label, Json] = field(default_factory=dict)
    tags: dict[Label, Json] = field(default_factory=dict)


class Refused(Exception):
    """The oracle does not take a body."""


def rows_of(store: Store) -> Rows:
    found = Rows(tags={tag.pk: {"name": tag.name, "colour": tag.colour} for tag in store[Tag].all()})
    for album in store[Album].all():
        tracks = {t.pk: {"order": t.order, "title": t.title, "code": t.code} for t in album.tracks}
        tags = {tag.pk for tag in album.tags}
        found.albums[album.pk] = {"title": album.title, "year": album.year, "artist": album.artist_id, "tracks": tracks, "tags": tags}
    return found


class Oracle:
    """What is there after a body was written over an artist. Raises `Refused`."""

    def __init__(self, before: Rows, artist: Any, rules: Rules, mode: Mode) -> None:
        self.before, self.rows = before, copy.deepcopy(before)
        self.artist, self.rules, self.mode = artist, rules, mode
        self.named: dict[Label, Json] = {}
        self.left: list[tuple[Label, Label]] = []

    def write(self, body: Json) -> Rows:
        listed = body.get("albums", None if self.mode == "patch" else [])
        there = [label for label, album in self.rows.albums.items() if album["artist"] == self.artist]
        if listed is not None:
            labels = [self._label(one, there) for one in listed]
            self._unlike(labels)
            for label in set(there) - set(labels):
                self._leave_album(label)
            for label, one in zip(labels, listed, strict=True):
                self._album(label, one)
        self._leave_tags()
        self._check()
        return self.rows

    def _label(self, one: Json, there: Any) -> Label:
        if one.get("id") is None:
            return object()
        if one["id"] not in there:
            raise Refused("an unknown key")
        return one["id"]

    def _unlike(self, labels: list[Label]) -> None:
        if len(set(labels)) < len(labels):
            raise Refused("there twice")

    def _merged(self, old: Json | None, one: Json, required: tuple[str, ...], optional: tuple[str, ...]) -> Json:
        if (old is None or self.mode == "put") and any(one.get(name) is None for name in required):
            raise Refused("something is missing")
        blank = dict.fromkeys(optional) if old is None or self.mode == "put" else {}
        return {**(old or {}), **blank, **{name: one[name] for name in (*required, *optional) if name in one}}

    def _leave_album(self, label: Label) -> None:
        if self.rules.albums == "delete":
            del self.rows.albums[label]
        elif self.rules.albums == "unlink":
            self.rows.albums[label]["artist"] = None

    def _album(self, label: Label, one: Json) -> None:
        old = self.rows.albums.get(label)
        album = self._merged(old, one, ("title",), ("year",))
        album["artist"] = self.artist
        self.rows.albums[label] = album
        album.setdefault("tracks", {})
        album.setdefault("tags", set())
        left_out = None if self.mode == "patch" or old is None else []
        self._tracks(album["tracks"], one.get("tracks", left_out))
        self._tags(label, album["tags"], one.get("tags", left_out))

    def _tracks(self, tracks: dict[Label, Json], listed: list[Json] | None) -> None:
        if listed is None:
            return
        labels = [self._label(one, tracks) for one in listed]
        self._unlike(labels)
        if self.rules.tracks == "delete":
            for label in set(tracks) - set(labels):
                del tracks[label]
        for label, one in zip(labels, listed, strict=True):
            tracks[label] = self._merged(tracks.get(label), one, ("order", "title"), ("code",))

    def _tags(self, album: Label, joined: set[Label], listed: list[Json] | None) -> None:
        if listed is None:
            return
        labels = [self._tag(one) for one in listed]
        self._unlike(labels)
        self.left += [(album, label) for label in joined - set(labels)]
        joined.update(labels)

    def _tag(self, one: Json) -> Label:
        if self.rules.match == "pk":
            label = self._label(one, self.rows.tags)
        else:
            by_name = {tag["name"]: label for label, tag in self.rows.tags.items()}
            label = by_name.get(one.get("name"), object())
        meant = self.rows.tags[label] = self._merged(self.before.tags.get(label), one, ("name",), ("colour",))
        if self.named.setdefault(label, meant) != meant:
            raise Refused("there twice, with different values")
        return label

    def _leave_tags(self) -> None:
        if self.rules.tags == "keep":
            return
        for album, label in self.left:
            if album in self.rows.albums:
                self.rows.albums[album]["tags"].discard(label)
            if self.rules.tags == "delete" and label not in self.named:
                self.rows.tags.pop(label, None)
                for other in self.rows.albums.values():
                    other["tags"].discard(label)

    def _check(self) -> None:
        albums = self.rows.albums.values()
        self._distinct([(a["artist"], a["title"]) for a in albums if a["artist"] is not None])
        self._distinct([t["code"] for a in albums for t in a["tracks"].values() if t["code"] is not None])
        for album in albums:
            self._distinct([track["order"] for track in album["tracks"].values()])
        self._distinct([tag["name"] for tag in self.rows.tags.values()])

    def _distinct(self, values: list[Any]) -> None:
        if len(set(values)) < len(values):
            raise Refused("not unique")


def compared(rows: Rows, before: Rows) -> Any:
    """Rows as one value, in which new ones have no key."""

    def track_of(label: Label, track: Json, known: set[Label]) -> Any:
        return (label if label in known else "new", *track.items())

    known = {label for album in before.albums.values() for label in album["tracks"]}
    albums = [
        (
            label if label in before.albums else "new",
            album["title"],
            album["year"],
            album["artist"],
            sorted((sorted(track_of(t, track, known), key=repr) for t, track in album["tracks"].items()), key=repr),
            sorted(rows.tags[tag]["name"] for tag in album["tags"]),
        )
        for label, album in rows.albums.items()
    ]
    tags = [(label if label in before.tags else "new", tag["name"], tag["colour"]) for label, tag in rows.tags.items()]
    return sorted(albums, key=repr), sorted(tags, key=repr)


# Edits.


def edit(draw: Any, body: Json, rules: Rules, tags: list[Any]) -> None:
    """Changes something at random in a body that was read."""
    albums = body.get("albums", [])
    holders = {"albums": [body], "tracks": albums, "tags": albums}
    name = draw(st.sampled_from(["albums", "tracks", "tags"]))
    lists = [holder[name] for holder in holders[name] if name in holder]
    members = [(members, place) for members in lists for place in range(len(members))]
    kind = draw(st.sampled_from(["drop", "add", "set", "swap", "swap", "rotate", "leave out", "copy a key"]))
    if kind == "add" and lists:
        draw(st.sampled_from(lists)).append(draw(fresh(name, rules, tags)))
    elif kind == "leave out" and holders[name]:
        draw(st.sampled_from(holders[name])).pop(name, None)
    elif members:
        one, other = (inside[place] for inside, place in (draw(st.sampled_from(members)), draw(st.sampled_from(members))))
        changed = draw(st.sampled_from(sorted(one.keys() - {"id", "tracks", "tags"})))
        if kind == "drop":
            inside, place = draw(st.sampled_from(members))
            del inside[place]
        elif kind == "set":
            one[changed] = draw(VALUES[changed] if (name, changed) != ("tracks", "title") else TITLES)
        elif kind == "swap" and changed in other:
            one[changed], other[changed] = other[changed], one[changed]
        elif kind == "rotate":
            inside = draw(st.sampled_from(lists))
            values = [member.get(changed) for member in inside]
            for member, value in zip(inside, values[1:] + values[:1], strict=True):
                member[changed] = value
        elif kind == "copy a key" and "id" in other:
            one["id"] = other["id"]


VALUES = {"title": TITLES, "year": YEARS, "order": ORDERS, "code": CODES, "name": NAMES, "colour": COLOURS}


def fresh(name: str, rules: Rules, tags: list[Any]) -> st.SearchStrategy[Json]:
    """A new object; a tag may be one that is there."""
    track = st.fixed_dictionaries({"order": ORDERS, "title": TITLES}, optional={"code": CODES})
    tag = st.fixed_dictionaries({"name": NAMES}, optional={"colour": COLOURS})
    if rules.match == "pk":
        tag |= st.fixed_dictionaries({"id": st.sampled_from([*tags, 99]), "name": NAMES, "colour": COLOURS})
    lists = {"tracks": st.lists(track, max_size=2), "tags": st.lists(tag, max_size=2)}
    album = st.fixed_dictionaries({"title": TITLES}, optional={"year": YEARS, **lists})
    return {"albums": album, "tracks": track, "tags": tag}[name]


# Properties.


def test_a_tree_is_read_back_as_it_was_written(full: bool) -> None:
    @examples(full, 60, 3_000)
    @given(st.data(), RULES)
    def holds(data: st.DataObject, rules: Rules) -> None:
        tree = data.draw(trees(rules))
        for store in stores():
            errors, artist = put(store, rules, tree)
            assert errors == {}
            shown = artists(rules)(store[Artist].get(pk=artist.pk)).data
            assert plain(shown) == plain(tree)
            assert put(store, rules, shown, artist)[0] == {}
            assert artists(rules)(store[Artist].get(pk=artist.pk)).data == shown

    holds()


def test_any_edit_of_a_tree(full: bool) -> None:
    @examples(full, 250, 6_000)
    @given(st.data(), RULES, st.sampled_from(["put", "patch"]))
    def holds(data: st.DataObject, rules: Rules, mode: Mode) -> None:
        tree = data.draw(trees(rules))
        bodies: list[Json] = []
        outcomes = []
        for store in stores():
            _, artist = put(store, rules, tree)
            before = rows_of(store)
            if not bodies:
                bodies.append(sent_back(artists(rules)(artist).data))
                for _ in range(data.draw(st.integers(1, 6))):
                    edit(data.draw, bodies[0], rules, list(before.tags))
            errors, _ = put(store, rules, bodies[0], artist, mode)
            after = rows_of(store)
            try:
                meant = Oracle(before, artist.pk, rules, mode).write(bodies[0])
            except Refused as reason:
                assert errors != {}, reason
                meant = before
            else:
                assert errors == {}
            assert compared(after, before) == compared(meant, before)
            outcomes.append((errors, compared(after, before)))
        assert outcomes[0] == outcomes[1]

    holds()


FAULTS: dict[str, tuple[Any, Any]] = {
    "an unknown name": ({"colours": 1}, {"colours": ["This field does not exist."]}),
    "a wrong type": ({"title": 5}, {"title": ["Not a valid string."]}),
    "null": ({"title": None}, {"title": ["This field may not be null."]}),
    "an unknown key": ({"id": 99}, {"id": ['Invalid pk "99" - object does not exist.']}),
    "no object": ("Blue", {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}),
}


def test_one_fault_anywhere_changes_nothing_and_is_told_at_its_place(full: bool) -> None:
    @examples(full, 60, 2_000)
    @given(st.data(), RULES, st.sampled_from(["put", "patch"]), st.sampled_from(sorted(FAULTS)))
    def holds(data: st.DataObject, rules: Rules, mode: Mode, kind: str) -> None:
        tree = data.draw(trees(rules))
        tree["albums"].append({"title": "Ladies", "tracks": [{"order": 9, "title": "Trina"}]})
        tree["albums"] = [{**album, "tags": [], "tracks": [{**t, "code": None} for t in album["tracks"]]} for album in tree["albums"]]
        number = data.draw(st.integers(0, len(tree["albums"]) - 1))
        inner = [(), *(("tracks", place) for place in range(len(tree["albums"][number]["tracks"])))]
        place = ("albums", number, *data.draw(st.sampled_from(inner)))
        fault, messages = FAULTS[kind]
        for store in stores():
            _, artist = put(store, rules, tree)
            body = sent_back(artists(rules)(artist).data)
            body["name"] = "Somebody else"
            *way, last = place
            holder = functools.reduce(lambda found, step: found[step], way, body)
            holder[last] = fault if isinstance(fault, str) else {**holder[last], **fault}
            before = repr([list(store[model]) for model in MODELS])
            errors, _ = put(store, rules, body, artist, mode)
            assert errors == functools.reduce(lambda inner, step: {str(step): inner}, reversed(place), messages)
            assert repr([list(store[model]) for model in MODELS]) == before

    holds()
