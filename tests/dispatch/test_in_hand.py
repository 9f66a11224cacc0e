"""What was just sealed leaves without being read back; and is never anything but what is on record."""

from dataclasses import replace
from typing import Any

import pytest

from mappings.fhir.patient import patient_from_fhir
from service import sealing as sealing_room
from service.evidence import Readings, evidence_of
from service.outbox.envelope import Envelope
from service.sealing import InHand, Sealing
from tests.clients.sealed_things import document, envelope
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round


def _stored(round_: Round, wanted: Envelope) -> tuple[bytes | None, bytes | None, bytes | None, bytes | None]:
    kept, mine = round_.house.store.document(wanted.document_id), round_.house.store.envelope(wanted.id)
    assert kept is not None
    assert mine is not None
    return kept.cda, kept.pdf, mine.payload, mine.payload_sha256


def test_what_was_just_sealed_is_not_read_back(round_: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    sealing = round_.dispatch.sealing
    wanted = {one: round_.envelope(one) for one in (DMP, DOCTOR, PATIENT)}
    sealing.seal(wanted[DMP].document_id, wanted[DMP].id)
    stored = {one.id: _stored(round_, one) for one in wanted.values()}

    def read(*_: Any) -> Any:
        raise AssertionError("in hand")

    monkeypatch.setattr(Sealing, "_stored", read)
    for one in wanted.values():
        kept, mine = sealing.sealed(one.document_id, one.id)
        assert (kept.cda, kept.pdf, mine.payload, mine.payload_sha256) == stored[one.id]
        assert (mine.id, mine.recipient, mine.destination) == (one.id, one.recipient, one.destination)


def test_it_is_given_once_and_then_read(round_: Round) -> None:
    sealing, wanted = round_.dispatch.sealing, round_.envelope(DMP)
    first = sealing.sealed(wanted.document_id, wanted.id)
    again = sealing.sealed(wanted.document_id, wanted.id)
    assert again[1] is not first[1]
    assert (again[0].cda, again[1].payload) == (first[0].cda, first[1].payload)


def test_who_comes_second_has_the_seal_of_the_first(round_: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker seals while this one renders; what this one made is not what is sent."""
    first, wanted = round_.dispatch.sealing, round_.envelope(DOCTOR)
    second = replace(first, nil="OTHER-NIL", _in_hand=InHand(8))
    package = sealing_room.package

    def overtaken(*of: Any, nil: str, **how: Any) -> bytes:
        if nil == "OTHER-NIL":
            first.seal(wanted.document_id, wanted.id)
        return package(*of, nil=nil, **how)

    monkeypatch.setattr(sealing_room, "package", overtaken)
    kept, mine = second.sealed(wanted.document_id, wanted.id)
    assert mine.payload is not None
    assert b"OTHER-NIL" not in mine.payload
    assert (kept.cda, kept.pdf, mine.payload, mine.payload_sha256) == _stored(round_, wanted)


def test_no_more_is_in_hand_than_it_holds() -> None:
    hand, sealed = InHand(2), [replace(envelope(DOCTOR, b""), id=f"e{number}") for number in range(3)]
    hand.keep(document(), [(one, one.id.encode()) for one in sealed])
    assert hand.take("e0") is None
    for one in ("e1", "e2"):
        found = hand.take(one)
        assert found is not None
        assert found[1].payload == one.encode()
        assert hand.take(one) is None


def test_a_source_is_read_once_a_version(round_: Round) -> None:
    evidence = evidence_of(round_.house.store, round_.act.split("/")[1])
    me = evidence.procedure["subject"]["reference"].partition("/")[2]
    made: list[dict[str, Any]] = []

    def patient(resource: dict[str, Any]) -> Any:
        made.append(resource)
        return patient_from_fhir(resource)

    known = Readings(8)
    read = [evidence.read("Patient", me, patient, known) for _ in range(2)]
    assert read[0] is read[1]
    later = replace(evidence, sources={name + "1": one for name, one in evidence.sources.items()})
    assert later.read("Patient", me, patient, known) == read[0]
    assert len(made) == 2
    with pytest.raises(LookupError):
        evidence.read("Patient", "nobody", patient, known)
