import datetime as dt
import json
from typing import Any

import pytest
import responses
from responses import matchers

from mappings.codes import systems
from mappings.domain.people import Practitioner
from mappings.fhir.datatypes import mailbox
from mappings.fhir.practitioner import practitioner_to_fhir
from service.clients.directory import Absence, Choice, Directory, DirectorySettings
from tests.waiting import PATIENCE

BASE = "https://annuaire.example/fhir/v2"
RPPS = "99900007024"
HUGO = Practitioner(
    id="003-1", rpps=RPPS, family="WEBER-FICTIF", given="Hugo", prefix="M", suffix="DR", profession="10",
    specialty="SM26", mailbox="hugo.weber-fictif@medecin.formation.mssante.fr",
)  # fmt: skip


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 16, 9, 40, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def passes(self, **delta: float) -> None:
        self.now += dt.timedelta(**delta)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def directory(time: Time) -> Directory:
    return Directory(DirectorySettings(base=BASE, key="sesame", seconds=PATIENCE), time)


def resource(practitioner: Practitioner = HUGO, **more: Any) -> dict[str, Any]:
    return practitioner_to_fhir(practitioner) | more


def bundle(*resources: dict[str, Any], following: str = "") -> dict[str, Any]:
    links = [{"relation": "next", "url": following}] if following else []
    return {"resourceType": "Bundle", "type": "searchset", "link": links, "entry": [{"resource": r} for r in resources]}


def search(**answer: Any) -> responses.BaseResponse:
    return responses.get(f"{BASE}/Practitioner", **answer)


@responses.activate
def test_asks_by_rpps_with_the_key_and_shows_the_professional(directory: Directory) -> None:
    query = {"identifier": f"{systems.RPPS}|{RPPS}", "_revinclude": "PractitionerRole:practitioner"}
    responses.get(
        f"{BASE}/Practitioner",
        json=bundle(resource()),
        match=[matchers.query_param_matcher(query), matchers.header_matcher({"ESANTE-API-KEY": "sesame"})],
    )
    assert directory.practitioner_by_rpps(RPPS) == HUGO
    assert directory.mailbox_of(RPPS) == Choice(HUGO.mailbox)


@responses.activate
def test_remembers_for_a_day_and_asks_again(directory: Directory, time: Time) -> None:
    search(json=bundle(resource()))
    directory.practitioner_by_rpps(RPPS)
    time.passes(hours=23, minutes=59)
    directory.mailbox_of(RPPS)
    assert len(responses.calls) == 1
    time.passes(minutes=1)
    directory.practitioner_by_rpps(RPPS)
    assert len(responses.calls) == 2


@responses.activate
def test_what_is_not_found_is_not_remembered(directory: Directory) -> None:
    search(json=bundle() | {"total": 0})
    assert directory.practitioner_by_rpps(RPPS) is Absence.UNKNOWN
    responses.replace("GET", f"{BASE}/Practitioner", json=bundle(resource()))
    assert directory.practitioner_by_rpps(RPPS) == HUGO


@responses.activate
def test_no_call_for_what_is_no_rpps(directory: Directory) -> None:
    for wrong in ("", "123", "1000123456x", RPPS + "|x", "٠١٢٣٤٥٦٧٨٩٠"):
        assert directory.practitioner_by_rpps(wrong) is Absence.UNKNOWN
    assert not responses.calls


@responses.activate
def test_follows_the_next_page_as_given(directory: Directory) -> None:
    role = {
        "resourceType": "PractitionerRole",
        "active": True,
        "practitioner": {"reference": "Practitioner/003-1"},
        "telecom": [mailbox("h.weber-fictif@msp.formation.mssante.fr", "PER")],
    }
    without_box = resource()
    del without_box["telecom"]
    search(json=bundle(without_box, following=f"{BASE}/_page?id=opaque"))
    responses.get(f"{BASE}/_page", json=bundle(role), match=[matchers.query_param_matcher({"id": "opaque"})])
    assert directory.mailbox_of(RPPS) == Choice("h.weber-fictif@msp.formation.mssante.fr")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://annuaire.example.evil.example/fhir/v2/_page?id=1",
        "http://annuaire.example/fhir/v2/_page?id=1",
        "https://annuaire.example:8443/fhir/v2/_page?id=1",
        "https://annuaire.example@evil.example/_page",
        "//evil.example/_page",
        "file:///etc/passwd",
    ],
)
@responses.activate
def test_the_key_goes_to_nobody_else(directory: Directory, elsewhere: str) -> None:
    search(json=bundle(resource(), following=elsewhere))
    assert directory.practitioner_by_rpps(RPPS) is Absence.UNREADABLE
    assert len(responses.calls) == 1


@responses.activate
def test_pages_without_end_are_not_followed(directory: Directory) -> None:
    search(json=bundle(following=f"{BASE}/Practitioner?again=1"))
    assert directory.practitioner_by_rpps(RPPS) is Absence.UNREADABLE
    assert len(responses.calls) == 5


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 412, 429, 500, 502, 503, 504])
@responses.activate
def test_an_error_is_an_outage(directory: Directory, status: int) -> None:
    search(status=status, json={"resourceType": "OperationOutcome"}, headers={"Location": f"{BASE}/x"})
    assert directory.practitioner_by_rpps(RPPS) is Absence.UNAVAILABLE


@pytest.mark.parametrize(
    "body", [b"", b"<html/>", b"[]", b'{"resourceType": "Practitioner"}', b"[" * 100_000, b"\xff\xfe{", b'{"a":']
)
@responses.activate
def test_what_cannot_be_understood_is_said_so(directory: Directory, body: bytes) -> None:
    search(body=body)
    assert directory.practitioner_by_rpps(RPPS) is Absence.UNREADABLE


@responses.activate
def test_another_professional_is_not_the_answer(directory: Directory) -> None:
    other = Practitioner(id="003-2", rpps="99900007016", family="MARTEL-FICTIF", given="Lucie", profession="60")
    search(json=bundle(resource(other)))
    assert directory.practitioner_by_rpps(RPPS) is Absence.UNREADABLE


@responses.activate
def test_struck_off_is_not_unknown(directory: Directory) -> None:
    search(json=bundle(resource(active=False)))
    assert directory.practitioner_by_rpps(RPPS) is Absence.INACTIVE


@responses.activate
def test_two_professionals_under_one_number_are_none(directory: Directory) -> None:
    search(json=bundle(resource(), resource(id="003-9")))
    assert directory.practitioner_by_rpps(RPPS) is Absence.UNREADABLE


@responses.activate
def test_no_profession_no_professional(directory: Directory) -> None:
    search(json=bundle(resource(qualification=[])))
    assert directory.practitioner_by_rpps(RPPS) is Absence.UNREADABLE


@responses.activate
def test_an_ordinary_e_mail_is_no_box(directory: Directory) -> None:
    search(json=bundle(resource(telecom=[{"system": "email", "value": "hugo@ordinaire.example"}])))
    assert directory.mailbox_of(RPPS) == Choice()


@responses.activate
def test_after_five_failures_nobody_calls_for_a_minute_then_one_does(directory: Directory, time: Time) -> None:
    search(status=503)
    for _ in range(9):
        assert directory.practitioner_by_rpps(RPPS) is Absence.UNAVAILABLE
    assert len(responses.calls) == 5
    time.passes(seconds=60)
    directory.practitioner_by_rpps(RPPS)
    directory.practitioner_by_rpps(RPPS)
    assert len(responses.calls) == 6
    time.passes(seconds=60)
    responses.replace("GET", f"{BASE}/Practitioner", json=bundle(resource()))
    assert directory.practitioner_by_rpps(RPPS) == HUGO
    # Shut no more.
    responses.replace("GET", f"{BASE}/Practitioner", status=503)
    time.passes(days=2)
    for _ in range(3):
        directory.practitioner_by_rpps(RPPS)
    assert len(responses.calls) == 10


def test_the_key_does_not_show_itself() -> None:
    assert "sesame" not in repr(DirectorySettings(base=BASE, key="sesame"))


def test_a_number_keeps_its_digits() -> None:
    # The reading of numbers is exact: a decimal is never a binary fraction.
    from decimal import Decimal

    from service.clients.directory.read import bundle_of

    read = bundle_of(json.dumps({"resourceType": "Bundle"}).encode()[:-1] + b', "x": 1.10}')
    assert isinstance(read, dict)
    assert str(read["x"]) == "1.10"
    assert isinstance(read["x"], Decimal)
