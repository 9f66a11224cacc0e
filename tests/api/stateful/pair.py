"""One service on SQLite and one on PostgreSQL, told the same, with one clock and the same identifiers in turn.

Every answer is compared whole: status, all headers, body byte for byte. One thing may differ, and is told alike before
the bytes are compared: the cursor of a page link is encrypted with a nonce and the time of day (Fernet), so that it is
replaced by what it says, read by the service itself.

A furnished pair is made once; each example has a copy of it, of a file here, of a template database there.
"""

import dataclasses
import datetime as dt
import functools
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from werkzeug.test import Client

from service.api.face import Face
from service.app import compose
from service.config import Settings
from service.ledger.verify import verify
from service.store import open_store
from tests.house import ROOT, Clock, House, Ids
from tests.postgres import fresh_database

Json = dict[str, Any]

BASE = "http://localhost/fhir"
JSON, XML, JSON_PATCH = "application/fhir+json", "application/fhir+xml", "application/json-patch+json"
_CURSOR = re.compile(rb'http://localhost/fhir/?([^"?]*)\?_page=([^"&]+)')
_copies = count()


@dataclasses.dataclass(frozen=True)
class Answer:
    """What both said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @functools.cached_property
    def json(self) -> Json:
        read: Json = json.loads(self.body, parse_float=Decimal)
        return read

    @property
    def version(self) -> int:
        """The version that the ETag names; 0 without one."""
        etag = self.headers.get("ETag", "")
        return int(etag.removeprefix('W/"').removesuffix('"')) if etag else 0


class Service:
    """The FHIR face over one store."""

    def __init__(self, url: str, folder: Path, clock: Clock) -> None:
        self.store = open_store(url, test=True)
        settings = Settings(protocols=str(ROOT / "fixtures" / "protocols"), keys=str(folder / "keys"))
        self.composition = compose(settings, store=self.store, clock=clock, ids=Ids())
        self._client = Client(Face(self.composition, _nothing_else))

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[Answer, bytes]:
        """The answer, and its body with every cursor told."""
        given = self._client.open(f"/fhir{path}", method=method, data=body, headers=headers)
        answer = Answer(given.status_code, dict(given.headers), given.data)
        return answer, _CURSOR.sub(self._told, answer.body)

    def _told(self, link: re.Match[bytes]) -> bytes:
        cursor = self.composition.pages.followed(link[1].decode(), unquote(link[2].decode()))
        return repr((link[1], cursor)).encode()


class Pair:
    """The two, asked as one."""

    def __init__(self, urls: list[str], folder: Path) -> None:
        self.clock = Clock()
        self.services = [Service(url, folder, self.clock) for url in urls]

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """``If_Match`` stands for ``If-Match``. A defect (5xx) is never the answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        (one, told), (other, told_too) = (service.ask(method, path, body, named) for service in self.services)
        asked = (method, path, named, body)
        assert (one.status, one.headers) == (other.status, other.headers), (asked, one, other)
        assert told == told_too, (asked, one.body, other.body)
        assert one.status < 500, (asked, one)
        return one

    def check_proofs(self) -> None:
        """What no answer tells: chains that are whole and the same, the same envelopes."""
        one, other = (service.store for service in self.services)
        assert verify(one) == verify(other) == []
        assert [one.head(chain) for chain in one.chains()] == [other.head(chain) for chain in other.chains()]
        assert one.backlog() == other.backlog()

    def token(self, rpps: str) -> str:
        return f"Bearer {self.services[0].composition.issuer.token(rpps)}"

    @property
    def now(self) -> dt.datetime:
        return self.clock.now

    def close(self) -> None:
        for service in self.services:
            service.store.close()


class Furnished:
    """A team and two patients on record on both stores, to be copied."""

    def __init__(self, folder: Path, server: str, database: str) -> None:
        self._folder, self._server = folder, server
        self._file, self._database = folder / "furnished.sqlite", urlsplit(database).path.removeprefix("/")
        for url in (f"sqlite:///{self._file}", database):
            store = open_store(url, test=True)
            House(store, folder)
            store.close()

    @classmethod
    @contextmanager
    def on(cls, server: str, folder: Path) -> Iterator[Self]:
        with fresh_database(server) as database:
            yield cls(folder, server, database)

    @contextmanager
    def copy(self) -> Iterator[Pair]:
        """A pair that the example may change."""
        with ExitStack() as stack:
            file = self._folder / f"{next(_copies)}.sqlite"
            shutil.copy(self._file, file)
            stack.callback(_remove, file)
            pair = Pair([f"sqlite:///{file}", stack.enter_context(self._copied())], self._folder)
            stack.callback(pair.close)
            yield pair

    @contextmanager
    def _copied(self) -> Iterator[str]:
        name = f"{self._database}_{next(_copies)}"
        with psycopg.connect(self._server, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {self._database}".encode())
            try:
                yield urlunsplit(urlsplit(self._server)._replace(path=f"/{name}"))
            finally:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _remove(file: Path) -> None:
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()


def _nothing_else(environ: Any, start_response: Any) -> list[bytes]:
    raise AssertionError(f"not of the FHIR face: {environ['PATH_INFO']}")
