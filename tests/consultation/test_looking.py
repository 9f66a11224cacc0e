"""What a consultation leaves: one AuditEvent, before the answer, and nothing else."""

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
