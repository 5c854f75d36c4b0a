"""What is hidden stays hidden from who asks for it by `fields` and `expand`; and what is too much is refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, Misdeclared, QuerySet, SQLiteDataStore, Wrapper, models, serializers
from pyrest.shares import MAX_OBJECTS
from tests.web.conftest import Serve


class User(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)
    email = models.StringField()
    password = models.StringField(write_only=True)
    boss: models.ForeignKey[Any] = models.ForeignKey("user", related_name="staff")


class Label(models.Model):
    id = models.PkField()
    name = models.StringField(required=True)


class Post(models.Model):
    id = models.PkField()
    title = models.StringField(required=True)
    public = models.BooleanField(default=True)
    author = models.ForeignKey(User, related_name="posts")
    reviewer = models.IntegerField(foreign=("user", "id"), related_name="reviews")
    labels = models.ManyToManyField(Label, related_name="posts")
    remarks = models.GenericRelation("remark")


class Remark(models.Model):
    id = models.PkField()
    text = models.StringField(required=True)
    about_type = models.StringField()
    about_key = models.IntegerField()
    about = models.GenericForeignKey("about_type", "about_key")


def endpoint(of: type[models.Model], **options: Any) -> type[Endpoint]:
    return type(f"{of.__name__}s", (Endpoint,), {"model": of, **options})


USERS = endpoint(User, fields=("id", "name", "password"))
POSTS = endpoint(Post)
NARROWED = endpoint(Post, queryset=QuerySet(Post).filter(public=True))
LABELS = endpoint(Label)
REMARKS = endpoint(Remark)
GET = ("GET",)


@pytest.fixture
def ask(serve: Serve, store: SQLiteDataStore) -> Any:
    """Endpoints and a path → the status and the JSON of the answer, over a few rows."""

    def ask(path: str, *endpoints: type[Endpoint]) -> tuple[int, Any]:
        client = serve(*endpoints, models=[User, Post, Label, Remark])
        if not store[User].exists():
            fill(store)
        answer = client.get(path)
        return answer.status_code, answer.get_json()

    return ask


def fill(store: SQLiteDataStore) -> None:
    store[User].create(name="Ann", email="ann@example.org", password="x")
    store[User].create(name="Bob", email="bob@example.org", password="y", boss=1)
    store[Label].bulk_create([{"name": "red"}, {"name": "blue"}])
    for title, public in (("open", True), ("secret", False), ("free", True)):
        store[Post].create(title=title, public=public, author=1, reviewer=2, labels=[1])
    store[Remark].create(text="hm", about_type="post", about_key=2)


def own_form(of: type[models.Model], *hidden: str) -> type[serializers.ModelSerializer]:
    """A serializer that takes names out of what it shows."""

    class Hiding(serializers.ModelSerializer):
        class Meta:
            model = of

        def to_representation(self, instance: Any) -> Any:
            return {name: value for name, value in super().to_representation(instance).items() if name not in hidden}

    return Hiding


class Masked(serializers.RelatedField):
    def to_representation(self, value: Any) -> str:
        return "somebody"


class MaskedPosts(serializers.ModelSerializer):
    author = Masked(read_only=True)
    reviewer = Masked(read_only=True)

    class Meta:
        model = Post
        fields = ("id", "title", "author", "reviewer")


class WritesAuthor(serializers.ModelSerializer):
    author = serializers.PrimaryKeyRelatedField(queryset=User, write_only=True)

    class Meta:
        model = Post
        fields = ("id", "title", "author")


MASKED = endpoint(Post, serializer=MaskedPosts, list_methods=GET)
HIDING = endpoint(Post, serializer=own_form(Post, "author"), list_methods=GET)
NOT_THERE = [
    # A field that is not shown: by itself, in what is expanded, as a filter there, and as the order there.
    ("/user/?fields=password", (USERS,), '"fields": There is no "password".'),
    ("/user/?fields=email", (USERS,), '"fields": There is no "email".'),
    ("/user/?fields=emai", (USERS,), '"fields": There is no "emai".'),
    ("/post/?fields=author(email)", (POSTS, USERS), '"fields": There is no "email" in author.'),
    ("/post/?expand=author(fields=(email))", (POSTS, USERS), '"fields": There is no "email" in author.'),
    ("/post/?expand=author(omit=password)", (POSTS, USERS), '"omit": There is no "password" in author.'),
    ("/post/?expand=author(email__startswith=a)", (POSTS, USERS), '"expand": In author: unknown filter "email"'),
    ("/post/?expand=author(or=(email=a,name=b))", (POSTS, USERS), '"expand": In author: unknown filter "email"'),
    ("/user/?expand=posts(ordering=reviewer__email)", (USERS, POSTS), '"expand": In posts: unknown ordering "email"'),
    # A relation to rows without an endpoint, or with one that does not list them.
    ("/post/?expand=author", (POSTS,), '"expand": author cannot be expanded here.'),
    ("/post/?fields=author(name)", (POSTS,), '"fields": author cannot be expanded here.'),
    ("/user/?expand=posts", (USERS,), '"expand": There is no "posts".'),
    ("/post/?expand=author", (POSTS, endpoint(User, list_methods=("POST",))), '"expand": author cannot be expanded here.'),
    ("/post/?expand=author", (POSTS, endpoint(User, list_methods=())), '"expand": author cannot be expanded here.'),
    ("/post/?expand=author", (POSTS, endpoint(User, list_methods=()), endpoint(User, name="all")),
        '"expand": author cannot be expanded here.'),
    # A relation that neither side shows.
    ("/post/?expand=author", (endpoint(Post, exclude=("author",)), USERS), '"expand": There is no "author".'),
    ("/user/?expand=posts", (USERS, endpoint(Post, exclude=("author",))), '"expand": There is no "posts".'),
    ("/user/?expand=staff", (USERS,), '"expand": There is no "staff".'),
    ("/post/?expand=labels", (endpoint(Post, exclude=("labels",)), LABELS), '"expand": There is no "labels".'),
    ("/label/?expand=posts", (LABELS, endpoint(Post, exclude=("labels",))), '"expand": There is no "posts".'),
    ("/post/?expand=remarks", (POSTS, endpoint(Remark, exclude=("about_type",))), '"expand": There is no "remarks".'),
    ("/post/?expand=remarks", (POSTS, endpoint(Remark, exclude=("about_key",))), '"expand": There is no "remarks".'),
    ("/remark/?expand=about", (endpoint(Remark, exclude=("about_type",)), POSTS), '"expand": There is no "about".'),
    # A relation that code of the user's shows may be shown in part.
    ("/post/?expand=author", (HIDING, USERS), '"expand": There is no "author".'),
    ("/user/?expand=posts", (USERS, HIDING), '"expand": There is no "posts".'),
    ("/post/?expand=author", (MASKED, USERS), '"expand": author cannot be expanded here.'),
    ("/post/?fields=reviewer(name)", (MASKED, USERS), '"fields": reviewer cannot be expanded here.'),
    ("/user/?expand=posts", (USERS, MASKED), '"expand": There is no "posts".'),
    ("/post/?expand=author", (endpoint(Post, serializer=WritesAuthor, list_methods=GET), USERS), '"expand": There is no "author".'),
    # What the endpoint closes, and what lies behind something that is open.
    ("/post/?expand=author", (endpoint(Post, expand_fields=()), USERS), '"expand": author cannot be expanded here.'),
    ("/post/?expand=author(expand=posts)", (POSTS, endpoint(User, expand_fields=())), '"expand": There is no "posts" in author.'),
    ("/post/?expand=author(expand=posts)", (POSTS, endpoint(User, expand_depth=0)),
        '"expand": author.posts is deeper than relations are expanded here.'),
    ("/post/?expand=author(expand=staff)", (POSTS, USERS), '"expand": There is no "staff" in author.'),
    ("/post/?expand=author(name=Ann)", (POSTS, endpoint(User, filter_fields=())), '"expand": In author: unknown filter "name"'),
    # Names that are none.
    ('/post/?fields=title" FROM post --', (POSTS,), '"fields": A comma or the end is expected at character 6.'),
    ("/post/?fields=__class__", (POSTS,), '"fields": There is no "__class__".'),
    ("/post/?fields=title'", (POSTS,), '"fields": There is no "title\'"; did you mean "title"?'),
    ("/post/?fields=*", (POSTS,), '"fields": There is no "*".'),
    ("/post/?fields=author_id", (POSTS, USERS), '"fields": There is no "author_id"; did you mean "author"?'),
    ("/post/?fields=pk", (POSTS,), '"fields": There is no "pk".'),
]  # fmt: skip


@pytest.mark.parametrize(("path", "endpoints", "error"), NOT_THERE, ids=[str(number) for number in range(len(NOT_THERE))])
def test_what_is_hidden_is_not_there(ask: Any, path: str, endpoints: tuple[type[Endpoint], ...], error: str) -> None:
    assert ask(path, *endpoints) == (400, {"error": error})


SHOWN = [
    # Only what the endpoint of the target shows.
    ("/post/2/?fields=author", (POSTS, USERS), {"author": 1}),
    ("/post/2/?expand=author&fields=title", (POSTS, USERS), {
        "title": "secret", "author": {"id": 1, "name": "Ann", "ressource_uri": "/user/1/"}}),
    ("/post/2/?expand=author&fields=title", (POSTS, USERS, endpoint(User, name="all")), {
        "title": "secret", "author": {"id": 1, "name": "Ann", "ressource_uri": "/user/1/"}}),
    # A relation that the other side shows.
    ("/user/1/?fields=posts(title)", (USERS, POSTS), {"posts": [{"title": "open"}, {"title": "secret"}, {"title": "free"}]}),
    ("/label/1/?fields=posts(title)", (LABELS, NARROWED), {"posts": [{"title": "open"}, {"title": "free"}]}),
    ("/post/2/?fields=author(name)", (endpoint(Post, fields=("id", "title")), endpoint(User, fields=("id", "name", "posts"))), {
        "author": {"name": "Ann"}}),
    ("/post/2/?fields=labels(name)", (endpoint(Post, fields=("id", "title")), endpoint(Label, fields=("id", "name", "posts"))), {
        "labels": [{"name": "red"}]}),
    # Rows that the endpoint of the target does not show.
    ("/user/1/?fields=posts(title)", (USERS, NARROWED), {"posts": [{"title": "open"}, {"title": "free"}]}),
    ("/user/1/?fields=posts(title)&expand=posts(count=2)", (USERS, NARROWED), {"posts": [{"title": "open"}, {"title": "free"}]}),
    ("/user/1/?fields=posts(title)&expand=posts(title=secret)", (USERS, NARROWED), {"posts": []}),
    ("/user/1/?fields=posts(title)&expand=posts(or=(title=secret,public=false))", (USERS, NARROWED), {"posts": []}),
    ("/user/1/?fields=posts(title)&expand=posts(not=(title=open))", (USERS, NARROWED), {"posts": [{"title": "free"}]}),
    ("/post/1/?fields=author(name)", (POSTS, endpoint(User, queryset=QuerySet(User).filter(name="Bob"))), {"author": None}),
    ("/post/1/?fields=reviewer(name)", (POSTS, endpoint(User, queryset=QuerySet(User).filter(name="Bob"))), {"reviewer": {"name": "Bob"}}),
    ("/post/1/?fields=labels(name)", (POSTS, endpoint(Label, queryset=QuerySet(Label).filter(name="blue"))), {"labels": []}),
    ("/post/1/?fields=author(posts(title))", (NARROWED, USERS), {"author": {"posts": [{"title": "open"}, {"title": "free"}]}}),
    ("/label/1/?fields=posts(labels(posts(title)))&expand=posts(count=1)", (LABELS, NARROWED), {
        "posts": [{"labels": [{"posts": [{"title": "open"}, {"title": "free"}]}]}]}),
    # Said, a relation may be open that nobody shows.
    ("/user/1/?fields=posts(title)", (endpoint(User, expand_fields=("posts",)), endpoint(Post, exclude=("author",))), {
        "posts": [{"title": "open"}, {"title": "secret"}, {"title": "free"}]}),
    ("/post/2/?fields=remarks(text)", (POSTS, REMARKS), {"remarks": [{"text": "hm"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "endpoints", "shown"), SHOWN, ids=[str(number) for number in range(len(SHOWN))])
def test_what_is_shown(ask: Any, path: str, endpoints: tuple[type[Endpoint], ...], shown: object) -> None:
    assert ask(path, *endpoints) == (200, shown)


def test_a_detail_and_a_list_open_what_each_shows(ask: Any) -> None:
    class Short(serializers.ModelSerializer):
        class Meta:
            model = Post
            fields = ("id", "title")

    class Long(serializers.ModelSerializer):
        class Meta:
            model = Post

    posts = endpoint(Post, serializer=Long, list_serializer=Short)
    assert ask("/post/1/?fields=author(name)", posts, USERS) == (200, {"author": {"name": "Ann"}})
    assert ask("/post/?fields=author(name)", posts, USERS) == (400, {"error": '"fields": There is no "author".'})


@pytest.mark.parametrize(
    ("endpoints", "error"),
    [
        ([endpoint(User, expand_fields=("post",)), POSTS], "Users.expand_fields: 'post' is no field of User; did you mean \"posts\"?"),
        ([endpoint(User, expand_fields=("name",)), POSTS], "Users.expand_fields: 'name' is no field of User"),
        ([endpoint(User, expand_fields="posts"), POSTS], 'Users.expand_fields is a tuple of names: write ("posts",)'),
        (
            [endpoint(User, expand_fields=("posts",)), endpoint(Post, list_methods=("POST",))],
            "Users.expand_fields: Post, which 'posts' leads to, has no endpoint whose list takes GET",
        ),
    ],
)
def test_misdeclared(store: SQLiteDataStore, endpoints: list[type[Endpoint]], error: str) -> None:
    with pytest.raises(Misdeclared) as refusal:
        Wrapper(endpoints, datastore=store, models=[User, Post, Label, Remark])
    assert str(refusal.value) == error


# Too much.


class Node(models.Model):
    id = models.PkField()
    parent: models.ForeignKey[Any] = models.ForeignKey("node", related_name="children")


class Nodes(Endpoint):
    name = "nodes"
    model = Node
    page_size = 100


@pytest.fixture
def tree(serve: Serve, store: SQLiteDataStore) -> FlaskClient:
    """A node with a hundred children, and as many more that a hundred and first one has."""
    client = serve(Nodes)
    store[Node].create()
    store[Node].bulk_create({"parent": 1} for _ in range(100))
    return client


TOO_MUCH = {"error": f'"expand": This would show more than {MAX_OBJECTS} related objects; ask for fewer with count.'}


def test_objects_are_counted_as_often_as_they_are_shown(tree: FlaskClient) -> None:
    # A hundred rows in all, but each of a hundred children shows its one parent with all of its children.
    path = "/nodes/?parent=1&fields=parent(children(id))"
    assert tree.get(path).get_json() == TOO_MUCH
    answer = tree.get(f"{path}&expand=parent(expand=children(count=99))")
    assert answer.status_code == 200
    assert sum(len(one["parent"]["children"]) + 1 for one in answer.get_json()["object_list"]) == MAX_OBJECTS


def test_no_more_is_read_than_may_be_shown(tree: FlaskClient, store: SQLiteDataStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyrest.shares.MAX_OBJECTS", 50)
    with store.recorded() as recorded:
        assert tree.get("/nodes/1/?fields=children(id)").status_code == 400
    assert recorded[-2].endswith("LIMIT 51")
    assert tree.get("/nodes/1/?fields=children(id)&expand=children(count=50)").status_code == 200


def test_keys_within_what_is_expanded_count(serve: Serve, store: SQLiteDataStore, monkeypatch: pytest.MonkeyPatch) -> None:
    class Parents(Endpoint):
        name = "parents"
        model = Node
        fields = ("id", "parent", "children")

    client = serve(Parents)
    store[Node].create()
    store[Node].bulk_create({"parent": 1} for _ in range(30))
    monkeypatch.setattr("pyrest.shares.MAX_OBJECTS", 30)
    assert client.get("/parents/1/?fields=children").status_code == 200
    assert client.get("/parents/2/?fields=parent(id)").status_code == 200
    assert client.get("/parents/2/?fields=parent(children)").status_code == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/post/?expand=author", 200),
        ("/post/?expand=author(name=Ann)", 200),
        ("/post/?fields=title", 200),
        ("/user/?expand=posts", 200),
        ("/user/?expand=posts(title__contains=x)", 200),
        ("/user/?expand=posts(remarks__text__contains=x)", 400),
        ("/user/?expand=posts(labels__name__contains=x)", 400),
    ],
)
def test_what_is_expanded_keeps_the_guard_of_its_list(ask: Any, path: str, status: int) -> None:
    posts = endpoint(Post, refuse_scans=0)
    assert ask(path, posts, endpoint(User, refuse_scans=0, name="user"), LABELS, REMARKS)[0] == status
