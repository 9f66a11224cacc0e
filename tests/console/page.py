"""A page as a reader meets it: its words, its links, its forms."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

SignedIn = Callable[..., FlaskClient]
ARTICLES = "//article"


class Page:
    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.tree = html.document_fromstring(response.get_data(as_text=True))

    def text(self, selector: str = "body") -> str:
        """Words of the first match without markup, no-break spaces shown as spaces; empty when nothing matches."""
        return next(iter(self.texts(selector)), "")

    def texts(self, selector: str) -> list[str]:
        return [_words(one) for one in self.find(selector)]

    def find(self, selector: str) -> list[Any]:
        return list(self.tree.xpath(selector)) if selector.startswith("/") else list(self.tree.iter(selector))


def _words(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split()).replace("\u00a0", " ").replace(" ,", ",")


def get(browser: FlaskClient, path: str) -> Page:
    return Page(browser.get(path))


def mark(browser: FlaskClient) -> str:
    """What the forms of this browser's session carry."""
    return str(get(browser, "/").find("//input[@name='marque']")[0].get("value"))


def read(browser: FlaskClient, act: str, **form: str) -> Page:
    answer = browser.post(f"/actes/{act}/lecture", data={"marque": mark(browser), **form}, follow_redirects=True)
    return Page(answer)


def events(page: Page) -> list[str]:
    return page.texts("//ol[@class='timeline']/li")
