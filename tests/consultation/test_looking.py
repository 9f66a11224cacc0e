"""What a consultation leaves: one AuditEvent, before the answer, and nothing else."""

import datetime as dt
from typing import Any

import pytest

from mappings.fhir.structure import check
from service.store import Unconfirmed
from service.store.unit import Unit
from tests.consultation.shelf import ROOT, WEBER, Reading, cda, structured
from tests.consultation.test_rights import opposed
from tests.house import TYPES

TEXT = cda(structured("<title>Conclusion</title><text><paragraph>Reprise de la marche.</paragraph></text>"))


def standing(reading: Reading) -> Any:
    """All that is on record but the events."""
    whole = reading.house.standing()
    return {type_: whole["resources"][type_] for type_ in TYPES if type_ != "AuditEvent"}, whole["outbox"]


def test_a_document_is_shown_traced_and_not_kept(reading: Reading) -> None:
    unique_id = reading.shelf.put(TEXT)
    patient = reading.house.store.read("Patient", reading.patient)
    before = standing(reading)
    answer: Any = reading.get(f"/{unique_id}")
    assert answer.status_code == 200
    assert answer.json["sections"] == [{"title": "Conclusion", "depth": 0, "lines": ["Reprise de la marche."]}]
    assert answer.json["authors"] == ["Jeanne CHENE-FICTIF, Clinique (FICTIVE)"]
    (event,) = reading.events()
    assert (event["type"]["code"], event["subtype"][0]["code"], event["outcome"]) == ("110107", "ITI-68", "0")
    named = [one["what"].get("identifier", {}).get("value") for one in event["entity"]]
    assert named == [None, f"urn:oid:{unique_id}", None]
    assert check(event) == []
    # The document names its patient otherwise than we do: nobody here is called so.
    assert "AUTRE-NOM" not in answer.text
    assert standing(reading) == before
    assert reading.house.store.read("Patient", reading.patient) == patient


def test_nothing_leaves_that_is_not_on_record(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    unique_id = reading.shelf.put(TEXT)

    def lost(unit: Unit) -> None:
        raise Unconfirmed

    monkeypatch.setattr(reading.house.store, "commit", lost)
    for path in ("", f"/{unique_id}"):
        answer: Any = reading.get(path)
        assert answer.status_code == 503
        assert "Reprise" not in answer.text
        assert "Courrier" not in answer.text
    assert reading.shelf.asked


def test_a_right_that_ends_while_the_record_answers_gives_nothing(reading: Reading) -> None:
    unique_id = reading.shelf.put(TEXT)
    reading.shelf.then = lambda: opposed(reading)
    answer: Any = reading.get(f"/{unique_id}")
    assert answer.status_code == 503
    assert "Reprise" not in answer.text
    assert reading.events() == []
    reading.shelf.then = lambda: None
    again: Any = reading.get(f"/{unique_id}")
    assert again.status_code == 403


@pytest.mark.parametrize(
    ("unread", "path", "status"),
    [("timeout", "", 503), ("http-401", f"/{ROOT}.1", 503), ("", f"/{ROOT}.9", 404)],
)
def test_what_could_not_be_had_is_traced_too(settled: Reading, unread: str, path: str, status: int) -> None:
    settled.shelf.put(TEXT)
    before = len(settled.events())
    settled.shelf.unread = unread
    try:
        answer: Any = settled.get(path)
    finally:
        settled.shelf.unread = ""
    assert answer.status_code == status
    event = settled.events()[before:]
    assert len(event) == 1
    reasons = {one.get("outcomeDesc") for one in settled.events() if one["outcome"] == "4"}
    assert (unread or "absent") in reasons


def test_two_documents_of_one_name_are_neither(settled: Reading) -> None:
    unique_id = settled.shelf.put(TEXT)
    document = settled.shelf.documents[unique_id]
    settled.shelf.documents["twin"] = document
    try:
        answer: Any = settled.get(f"/{unique_id}")
    finally:
        del settled.shelf.documents["twin"]
    assert (answer.status_code, "ambiguous" in answer.text) == (503, True)


@pytest.mark.parametrize("name", ["..", "x", "1.2.03", "9.9.9", "1." * 40 + "1", "%3Cscript%3E"])
def test_a_name_that_is_no_oid_leads_nowhere(settled: Reading, name: str) -> None:
    before = len(settled.shelf.asked)
    answer: Any = settled.get(f"/{name}")
    assert answer.status_code == 404
    assert len(settled.shelf.asked) == before


def test_a_record_that_cannot_be_read_says_so(settled: Reading) -> None:
    import dataclasses

    from service.app import create_app

    app = create_app(dataclasses.replace(settled.composition, record_reader=None))
    token = settled.composition.issuer.token(WEBER)
    answer = app.test_client().get(
        f"/records/patients/{settled.patient}/documents", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 400
    assert "ne sait pas encore consulter" in answer.text


def test_what_is_older_than_what_is_looked_for_is_shown_to_who_asks_and_opens_at_once(reading: Reading) -> None:
    since = dt.datetime(2024, 11, 10, tzinfo=dt.UTC)
    reading.shelf.since = since
    recent = reading.shelf.put(TEXT, created_at=since)
    old = reading.shelf.put(TEXT.replace(b".7.1", b".7.2"), number=2, created_at=since - dt.timedelta(days=1))
    first: Any = reading.get()
    assert [one["unique_id"] for one in first.json["documents"]] == [recent]
    assert (first.json["whole"], first.json["since"]) == (True, since.isoformat())
    asked: Any = reading.get("?older=true")
    assert [one["unique_id"] for one in asked.json["documents"]] == [recent, old]
    assert asked.json["since"] is None
    assert reading.get(f"/{old}").status_code == 200
    assert reading.get(f"/{ROOT}.9").status_code == 404
    assert reading.get("?older=oui").status_code == 422


@pytest.mark.parametrize("name", ["", "x", "1.2.3^suite", "1." * 40 + "1"])
def test_an_entry_that_cannot_be_asked_for_is_left_out_and_told(reading: Reading, name: str) -> None:
    named = reading.shelf.put(TEXT)
    reading.shelf.put(TEXT, number=2, unique_id=name)
    answer: Any = reading.get()
    assert [one["unique_id"] for one in answer.json["documents"]] == [named]
    assert answer.json["whole"] is False


@pytest.mark.parametrize(
    ("unread", "why"), [("too-long", "dépasse ce qui est lu"), ("http-500", "consulté (http-500)")]
)
def test_why_nothing_could_be_had_is_said(settled: Reading, unread: str, why: str) -> None:
    settled.shelf.unread = unread
    try:
        answer: Any = settled.get()
    finally:
        settled.shelf.unread = ""
    assert why in answer.json["issue"][0]["diagnostics"]
