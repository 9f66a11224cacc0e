"""The client of the State portal: pages, patience, and every way in which no page comes."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from service.clients.exchange import Answer, NoAnswer
from service.clients.portal import client as portal_client
from service.clients.portal.client import Portal
from service.clients.portal.package import PAGE, QUERY, asked
from service.clients.portal.read import Kind, Page, Trouble, read
from service.clients.portal.send import PortalSettings
from service.outbox.retry import seconds_of
from service.sandbox.faults import KINDS, Fault
from service.sandbox.portal import dossier
from service.sandbox.server import PROCEDURE, Sandbox
from tests.waiting import PATIENCE

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
TOKEN = "un-jeton-que-rien-ne-montre"

#: The part of the platform's schema that the question uses, in our own words.
SCHEMA = """
scalar ISO8601DateTime
enum DossierState { en_construction en_instruction accepte refuse sans_suite }
interface Champ { champDescriptorId: String! label: String! stringValue: String }
type TextChamp implements Champ { champDescriptorId: String! label: String! stringValue: String }
type Row { champs: [Champ!]! }
type RepetitionChamp implements Champ { champDescriptorId: String! label: String! stringValue: String rows: [Row!]! }
type Revision { id: ID! }
type DemarcheDescriptor { revision: Revision! }
type GroupeInstructeur { number: Int! label: String! }
type Dossier {
  number: Int! state: DossierState! dateDepot: ISO8601DateTime! dateTraitement: ISO8601DateTime
  dateDerniereModification: ISO8601DateTime! dateDerniereModificationChamps: ISO8601DateTime! motivation: String
  demarche: DemarcheDescriptor! groupeInstructeur: GroupeInstructeur! champs: [Champ!]! annotations: [Champ!]!
}
type PageInfo { hasNextPage: Boolean! endCursor: String }
type DossierConnection { pageInfo: PageInfo! nodes: [Dossier] }
type Demarche {
  number: Int!
  dossiers(first: Int, after: String, updatedSince: ISO8601DateTime): DossierConnection!
}
type Query { demarche(number: Int!): Demarche! }
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(validate=False, portal_token=TOKEN) as started:
        for n in range(1, 121):
            day = NOW - dt.timedelta(days=n)
            started.state.portal.put(dossier(n, day, []))
        yield started


@pytest.fixture(autouse=True)
def calm(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.state.faults.clear()


def portal(sandbox: Sandbox, waits: list[float] | None = None, **settings: Any) -> Portal:
    told = {"url": sandbox.portal_url, "token": TOKEN, "number": PROCEDURE, "seconds": PATIENCE} | settings
    return Portal(PortalSettings(**told), lambda: NOW, (waits if waits is not None else []).append)


def order(sandbox: Sandbox, kind: str, times: int = 1, **more: Any) -> None:
    sandbox.state.faults.order(Fault(destination="portal", kind=kind, at="dossiers", times=times, **more))


def test_the_question_is_one_of_the_schema() -> None:
    assert validate(build_schema(SCHEMA), parse(QUERY)) == []


def test_every_page_once(sandbox: Sandbox) -> None:
    pages = list(portal(sandbox).changed(None))
    assert [len(page.nodes) for page in pages if isinstance(page, Page)] == [PAGE, PAGE, 20]
    numbers = [node["number"] for page in pages if isinstance(page, Page) for node in page.nodes]
    assert numbers == list(range(1, 121))


def test_only_what_changed_since(sandbox: Sandbox) -> None:
    (page,) = portal(sandbox).changed(NOW - dt.timedelta(days=3))
    assert isinstance(page, Page)
    assert [node["number"] for node in page.nodes] == [1, 2, 3]


@pytest.mark.parametrize(
    ("kind", "trouble", "attempts", "more"),
    [
        ("4xx", Trouble(Kind.FORBIDDEN, "401"), 1, {"code": 401}),
        ("4xx", Trouble(Kind.FORBIDDEN, "403"), 1, {"code": 403}),
        ("4xx", Trouble(Kind.REFUSED, "418"), 1, {"code": 418}),
        ("5xx", Trouble(Kind.UNAVAILABLE, "502"), 5, {"code": 502}),
        ("limited", Trouble(Kind.LIMITED, "429", 7.0), 5, {"seconds": 7.0}),
        ("errors", Trouble(Kind.REFUSED, "errors"), 1, {}),
        ("partial", Trouble(Kind.REFUSED, "errors"), 1, {}),
        ("wrong-types", Trouble(Kind.UNREADABLE, "shape"), 5, {}),
        ("html", Trouble(Kind.UNREADABLE, "json"), 5, {}),
        ("empty", Trouble(Kind.UNREADABLE, "json"), 5, {}),
        ("truncated", Trouble(Kind.UNAVAILABLE, "cut"), 5, {}),
        ("cut", Trouble(Kind.UNAVAILABLE, "cut"), 5, {}),
        ("slow", Trouble(Kind.UNAVAILABLE, "timeout"), 5, {}),
        ("drip", Trouble(Kind.UNAVAILABLE, "timeout"), 5, {}),
    ],
)
def test_every_family_of_faults(
    sandbox: Sandbox, slowness: None, kind: str, trouble: Trouble, attempts: int, more: dict[str, Any]
) -> None:
    order(sandbox, kind, times=100, **more)
    waits: list[float] = []
    (told,) = portal(sandbox, waits).changed(None)
    (fault,) = sandbox.state.faults.orders()
    assert fault.struck == attempts
    if kind == "truncated":
        # Half of the bytes under the length of the whole, or under its own: either is no page.
        assert isinstance(told, Trouble)
        assert told.kind in (Kind.UNAVAILABLE, Kind.UNREADABLE)
    else:
        assert told == trouble
    assert waits == ([7.0] * 4 if kind == "limited" else [2.0, 4.0, 8.0, 16.0])[: attempts - 1]


def test_every_fault_of_the_sandbox_is_tried() -> None:
    tried = {param[0] for param in test_every_family_of_faults.pytestmark[0].args[1]}
    assert tried == set(KINDS["portal"])


@pytest.mark.parametrize("kind", ["5xx", "limited", "cut", "truncated", "html"])
def test_what_passes_is_waited_for(sandbox: Sandbox, kind: str) -> None:
    order(sandbox, kind, times=2, code=503, seconds=3.0)
    pages = list(portal(sandbox).changed(None))
    assert sum(len(page.nodes) for page in pages if isinstance(page, Page)) == 120


def test_no_longer_than_the_patience(sandbox: Sandbox) -> None:
    order(sandbox, "limited", times=100, seconds=60.0)
    waits: list[float] = []
    (told,) = portal(sandbox, waits, patience=100.0).changed(None)
    assert told == Trouble(Kind.LIMITED, "429", 60.0)
    assert waits == [60.0]


def test_a_wrong_token_and_another_procedure(sandbox: Sandbox) -> None:
    assert list(portal(sandbox, token="autre").changed(None)) == [Trouble(Kind.FORBIDDEN, "403")]
    assert list(portal(sandbox, number=7).changed(None)) == [Trouble(Kind.ABSENT, "not_found")]


def test_nobody_is_there() -> None:
    settings = PortalSettings(url="http://127.0.0.1:9/api/v2/graphql", token=TOKEN, number=1, seconds=PATIENCE)
    assert list(Portal(settings, lambda: NOW, lambda _: None).changed(None)) == [Trouble(Kind.UNAVAILABLE, "connect")]


def test_a_cursor_that_comes_back_ends_the_poll(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    dossiers = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "MQ"}}
    body = json.dumps({"data": {"demarche": {"number": PROCEDURE, "dossiers": dossiers}}}).encode()
    monkeypatch.setattr(portal_client, "send", lambda settings, asked: Answer(200, "application/json", body))
    first, second = portal(sandbox).changed(None)
    assert isinstance(first, Page)
    assert second == Trouble(Kind.UNREADABLE, "cursor")


@pytest.mark.parametrize(
    "told",
    [
        [],
        {},
        {"data": None},
        {"data": {"demarche": 3}},
        {"data": {"demarche": {"number": 2, "dossiers": {"nodes": [], "pageInfo": {"hasNextPage": False}}}}},
        {"data": {"demarche": {"number": 1, "dossiers": {"nodes": None, "pageInfo": {"hasNextPage": False}}}}},
        {"data": {"demarche": {"number": 1, "dossiers": {"nodes": [], "pageInfo": {"hasNextPage": "non"}}}}},
        {"data": {"demarche": {"number": 1, "dossiers": {"nodes": [], "pageInfo": {"hasNextPage": True}}}}},
    ],
)
def test_another_shape_is_no_page(told: Any) -> None:
    answer = read(Answer(200, "application/json", json.dumps(told).encode()), 1, NOW)
    assert isinstance(answer, Trouble)
    assert answer.kind is Kind.UNREADABLE


@pytest.mark.parametrize(
    ("errors", "trouble"),
    [
        ([{"extensions": {"code": "unauthorized"}}], Trouble(Kind.FORBIDDEN, "unauthorized")),
        ([{"message": "x"}, {"extensions": {"code": "not_found"}}], Trouble(Kind.ABSENT, "not_found")),
        ([3, {"extensions": 3}], Trouble(Kind.REFUSED, "errors")),
        ("x", Trouble(Kind.REFUSED, "errors")),
    ],
)
def test_errors_in_an_answer_200(errors: Any, trouble: Trouble) -> None:
    body = json.dumps({"errors": errors, "data": {"demarche": {"number": 1}}}).encode()
    assert read(Answer(200, "application/json", body), 1, NOW) == trouble


def test_a_deep_answer_is_unreadable() -> None:
    assert read(Answer(200, "application/json", b"[" * 200_000), 1, NOW) == Trouble(Kind.UNREADABLE, "json")
    assert read(NoAnswer("too-long", sent=True), 1, NOW) == Trouble(Kind.UNAVAILABLE, "too-long")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("5", 5.0),
        ("9" * 400, 999999999.0),
        ("soon", None),
        ("-3", None),
        ("Fri, 20 Nov 2026 09:00:30 +99999999999999999999", None),
        ("Fri, 20 Nov 2026 09:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 08:00:00 GMT", 0.0),
    ],
)
def test_how_long_the_portal_asks_us_to_wait(text: str, seconds: float | None) -> None:
    assert seconds_of(text, NOW) == seconds


@pytest.mark.parametrize(
    "url",
    ["http://demarche.example/api/v2/graphql", "ftp://x", "https://u:p@demarche.example/", "https:///api", "127.0.0.1"],
)
def test_nothing_leaves_this_machine_in_clear(url: str) -> None:
    with pytest.raises(ValueError, match="BINOME_PORTAL"):
        PortalSettings(url=url, token=TOKEN, number=1)


def test_the_token_shows_nowhere(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    made = portal(sandbox)
    list(made.changed(None))
    assert TOKEN not in repr(made)
    assert TOKEN not in caplog.text
    assert TOKEN.encode() not in asked(1, None, "")
