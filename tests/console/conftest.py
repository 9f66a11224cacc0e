"""A practice of its own for each test, and browsers signed in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.console.session import COOKIE
from tests.console.practice import WEBER, Practice, open_practice


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    opened = open_practice(tmp_path)
    yield opened
    opened.composition.store.close()


@pytest.fixture
def signed_in(practice: Practice) -> Callable[..., FlaskClient]:
    def client(rpps: str = WEBER) -> FlaskClient:
        browser = practice.app.test_client()
        browser.set_cookie(COOKIE, practice.composition.issuer.token(rpps))
        return browser

    return client
