"""The documentation page: what is served of it, and in headless Chromium, which lists every operation and tries one out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from pyrest import Endpoint, MemoryDataStore, Misdeclared, Wrapper
from pyrest.web import docs_pages
from tests.openapi.apps import needs, serving_app
from tests.serving import Server
from tests.web.book import Addresses, User, Users

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER, DRIVER = next(filter(None, map(shutil.which, BROWSERS)), None), shutil.which("chromedriver")
SECONDS = 20

needs_ui = needs("flask_swagger_ui")
needs_browser = pytest.mark.skipif(not (BROWSER and DRIVER), reason="NO BROWSER: apt-get install chromium chromium-driver")


def client_of(**options: Any) -> FlaskClient:
    return Wrapper([Users, Addresses], datastore=MemoryDataStore(), **options).create_app().test_client()


@needs_ui
def test_the_page_and_its_files() -> None:
    client = client_of(name="<address book>")
    page = client.get("/docs/")
    assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
    assert "<title>&lt;address book&gt;</title>" in page.text and 'data-document="/openapi.json"' in page.text
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    for name in (*docs_pages.FILES, docs_pages.SCRIPT):
        assert f'"/docs/{name}"' in page.text
        assert client.get(f"/docs/{name}").status_code == 200
    assert client.get("/docs/..%2Fflask_swagger_ui.py").status_code == 404
    assert client.get("/docs/VERSION").status_code == 404


@needs_ui
def test_the_page_below_a_mount_and_elsewhere() -> None:
    client = client_of(docs="about")
    page = client.get("/about", environ_overrides={"SCRIPT_NAME": "/shop"})
    assert 'src="/shop/about/pyrest.js"' in page.text and 'data-document="/shop/openapi.json"' in page.text
    assert client.get("/docs/").status_code == 404


def test_without_the_package_the_page_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs_pages, "PACKAGE", "no_such_package")
    client = client_of()
    assert 'pip install "pyrest-framework[docs]"' in client.get("/docs/").text
    assert client.get("/docs/swagger-ui.css").status_code == 404


def test_no_page() -> None:
    client = client_of(docs=None)
    assert client.get("/docs/").status_code == 404
    assert client.get("/openapi.json").status_code == 200


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("docs", "Users.name: 'docs' is where the documentation page is; put that elsewhere: Wrapper(…, docs=\"about\")"),
        ("openapi.json", "Users.name: 'openapi.json' is where the document is that describes the API; choose another"),
    ],
)
def test_an_endpoint_cannot_have_the_address_of_the_page_or_the_document(name: str, said: str) -> None:
    endpoint = type("Users", (Endpoint,), {"model": User, "name": name})
    with pytest.raises(Misdeclared) as refusal:
        Wrapper([endpoint, Addresses], datastore=MemoryDataStore())
    assert str(refusal.value) == said


def test_an_endpoint_called_docs_where_the_page_is_not() -> None:
    endpoint = type("Users", (Endpoint,), {"model": User, "name": "docs"})
    client = Wrapper([endpoint, Addresses], datastore=MemoryDataStore(), docs=None).create_app().test_client()
    assert client.get("/docs/").get_json()["object_list"] == []


def test_the_page_cannot_be_where_batches_are_sent() -> None:
    with pytest.raises(Misdeclared) as refusal:
        client_of(batch="docs")
    assert str(refusal.value) == "Wrapper: 'docs' is where batches are sent; put the documentation page elsewhere with docs=…"


@pytest.mark.parametrize("docs", ["", "a/b", "<x>", "_statements", "openapi.json", 7])
def test_a_part_of_a_url_that_is_none(docs: Any) -> None:
    with pytest.raises(Misdeclared, match="docs is the part of the URL where the documentation page is"):
        client_of(docs=docs)


# In a browser.


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving_app("book", tmp_path_factory.mktemp("page")) as found:
        yield found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    profile = tmp_path_factory.mktemp("profile")
    # Chromium as root has no sandbox; the others keep it from looking for its maker's hosts.
    for argument in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1200,2000", f"--user-data-dir={profile}",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield found
    found.quit()


def wait_for(browser: Any, selector: str, within: Any = None) -> Any:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    waiting = WebDriverWait(browser, SECONDS, poll_frequency=0.05)
    return waiting.until(lambda _: (within or browser).find_elements(By.CSS_SELECTOR, selector))


@needs_ui
@needs_browser
@needs("selenium")
def test_the_page_lists_every_operation(browser: Any, server: Server) -> None:
    browser.get(f"{server.url}/docs/")
    wait_for(browser, ".opblock")
    shown = {
        (method.text.lower(), path.get_attribute("data-path"))
        for method, path in zip(wait_for(browser, ".opblock-summary-method"), wait_for(browser, ".opblock-summary-path"), strict=True)
    }
    document = server.ask("GET", "/openapi.json").json
    assert shown == {(method, path) for path, item in document["paths"].items() for method in item}
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


@needs_ui
@needs_browser
@needs("selenium")
def test_try_it_out_creates_a_user(browser: Any, server: Server) -> None:
    server.ask("POST", "/address/", {"country": "France", "city": "Paris", "street": "quai de Valmy", "number": 45})
    browser.get("about:blank")  # a link within the page that is open would load nothing
    browser.get(f"{server.url}/docs/#/users/users_create")
    (operation,) = wait_for(browser, "#operations-users-users_create.is-open")
    wait_for(browser, ".try-out__btn", operation)[0].click()
    body = wait_for(browser, "textarea.body-param__text", operation)[0].get_attribute("value")
    wait_for(browser, "button.execute", operation)[0].click()
    status = wait_for(browser, ".live-responses-table .response-col_status", operation)[-1]
    assert "201" in status.text
    (user,) = server.ask("GET", "/users/").json["object_list"]
    assert user["first_name"] in body and user["address"] == 1
