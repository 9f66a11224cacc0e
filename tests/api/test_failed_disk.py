"""A disk that could not keep what it was given: nothing is answered that rests on it, at any door."""

import errno
import os

import pytest

from service.store import Unconfirmed
from tests.doors import House, act, outcome
from tests.stores import unit, write


def _fail(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: int) -> None:
        raise OSError(errno.EIO, "")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", failing)
        with pytest.raises(Unconfirmed):
            house.store.commit(unit(writes=(write("lost"),)))


def test_every_door_says_503(acted: House, monkeypatch: pytest.MonkeyPatch) -> None:
    doors = ("/fhir/Patient", "/fhir/Patient/nobody", "/fhir/Organization?name=nobody", "/readyz")
    assert {acted.client.get(door).status_code for door in doors} <= {200, 404}
    _fail(acted, monkeypatch)
    for door in doors:
        outcome(acted.client.get(door), 503)
    outcome(acted.client.post("/records/acts", json=act()), 503)
    page = acted.client.get("/")
    assert page.status_code == 503
    assert page.mimetype == "text/html"
    assert page.headers["Content-Security-Policy"]
    # Whoever watches over the process starts it anew, and it believes the disk again.
    assert acted.client.get("/healthz").status_code == 503
