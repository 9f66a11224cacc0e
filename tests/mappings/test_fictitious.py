"""Nobody real lives in ``fixtures/``: every INS, RPPS and mailbox there is made for it, and the demonstration is whole."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mappings.domain.invariants import ins_key
from mappings.records.consent import consent_from_record
from mappings.records.enrolment import enrolment_from_record
from mappings.records.inclusion import inclusion_from_record
from mappings.records.people import patient_from_record

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = sorted(path for path in FIXTURES.rglob("*") if path.is_file())
TEAM = FIXTURES / "scenarios" / "torsion-cheville-equipe"

#: 15 characters shaped like a matricule: sex, year, month, commune, order, key.
MATRICULE = re.compile(r"(?<![0-9.])[12378][0-9]{4}(?:[0-9]{2}|2A|2B)[0-9]{8}(?![0-9.])")
#: 11 digits, or 12 with the prefix of the national id of a professional.
RPPS = re.compile(r"(?<![0-9.])8?([0-9]{11})(?![0-9.])")
MAIL = re.compile(r"[\w.+%-]+@([\w.-]+\.[a-z]{2,})")
PRODUCTION_INS = re.compile(r"1\.2\.250\.1\.213\.1\.4\.[89](?![0-9])")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FIXTURES)))
def test_nobody_real_lives_here(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", errors="replace")
    matricules = [number for number in MATRICULE.findall(text) if int(number[13:]) == ins_key(number[:13])]
    assert all(number[7:10] == "999" for number in matricules), "an INS of a commune that exists"
    assert not PRODUCTION_INS.search(text), "an OID of production INS"
    assert {number[:5] for number in RPPS.findall(text)} <= {"99900"}, "an RPPS outside the fictitious range"
    allowed = re.compile(r"patient\.mssante\.fr|([\w-]+\.)*formation\.mssante\.fr|([\w-]+\.)*example")
    assert all(allowed.fullmatch(domain) for domain in MAIL.findall(text.lower())), "a mailbox that may exist"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [("258066748200794", MATRICULE), ("10009876543", RPPS), ("810009876543", RPPS), ("a@medecin.mssante.fr", MAIL)],
)
def test_the_patterns_see_what_they_look_for(text: str, pattern: re.Pattern[str]) -> None:
    assert pattern.search(f'"{text}",')


def load(name: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads((TEAM / f"{name}.json").read_text(encoding="utf-8"))
    return records


def luhn(digits: str) -> int:
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10


def test_the_team_of_the_demonstration() -> None:
    enrolments = [enrolment_from_record(record) for record in load("enrolments")]
    assert [e.enrolment.function for e in enrolments] == ["DELEGATEE"] * 10 + ["DELEGATOR"] * 10
    assert len({e.practitioner.rpps for e in enrolments}) == 20
    assert all(luhn(e.practitioner.rpps) == 0 for e in enrolments)
    assert all(e.practitioner.family.endswith("-FICTIF") for e in enrolments)
    assert {e.practitioner.profession for e in enrolments[:10]} == {"70"}
    assert {e.practitioner.profession for e in enrolments[10:]} == {"10"}
    assert {e.organization.facility_type for e in enrolments} == {"SA63"}


def test_what_the_demonstration_refers_to_is_there() -> None:
    enrolments = {enrolment_from_record(record).enrolment.id for record in load("enrolments")}
    patients = {patient_from_record(record).id for record in load("patients")}
    consents = {(read := consent_from_record(record)).consent.id: read for record in load("consents")}
    inclusions = [inclusion_from_record(record).inclusion for record in load("inclusions")]
    assert len(patients) == 6
    assert {read.patient.id for read in consents.values()} == patients
    assert sorted(read.consent.status for read in consents.values()) == ["active"] * 4 + ["inactive", "rejected"]
    for inclusion in inclusions:
        assert {inclusion.author_id, inclusion.delegator_id} <= enrolments
        assert consents[inclusion.consent_id].patient.id == inclusion.patient_id
        assert consents[inclusion.consent_id].consent.permits
        assert {read.consent.team_id for read in consents.values()} == {inclusion.team_id}
