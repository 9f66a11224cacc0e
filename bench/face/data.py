"""The resources that every server is given: fictitious people of test identities, acts spread over two years."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, Final

from mappings.domain.time import FRANCE

Resource = dict[str, Any]

#: Acts of one patient.
PER_PATIENT: Final = 20
_FIRST_DAY: Final = dt.date(2025, 1, 1)
_DAYS: Final = 730
_SYSTEM: Final = "https://binome.example/identifier/mesure"
_TEST: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


def patient(number: int) -> Resource:
    """A fictitious patient of 2.5 kB as JSON, found by its number."""
    contacts = [
        {
            "name": {"family": f"ESSAI-{role}", "given": ["PERSONNE", "FICTIVE"]},
            "telecom": [{"system": "phone", "value": f"+33 1 99 00 {role:02d} {k:02d}"} for k in range(3)],
            "address": {"line": [f"{role} rue de l’Essai"], "city": "Ville-Fictive", "postalCode": "99999"},
        }
        for role in range(7)
    ]
    return {
        "resourceType": "Patient",
        "meta": {"security": [_TEST]},
        "identifier": [{"system": _SYSTEM, "value": f"PATIENT-{number:09d}"}],
        "active": True,
        "name": [{"use": "official", "family": "TEST-MESURE", "given": ["ESSAI", "DEBIT"]}],
        "telecom": [{"system": "phone", "value": "+33 1 99 00 00 00"}],
        "gender": "female",
        "birthDate": "1985-03-14",
        "address": [{"line": ["1 rue de l’Essai"], "city": "Ville-Fictive", "postalCode": "99999"}],
        "contact": contacts,
    }


def day_of(number: int) -> dt.date:
    """Day of act ``number``: those of one patient lie about five weeks apart."""
    return _FIRST_DAY + dt.timedelta(days=(number % PER_PATIENT * 37 + number // PER_PATIENT * 11) % _DAYS)


def owner_of(number: int) -> str:
    """Logical id of the patient of act ``number``."""
    return f"mesure-{number // PER_PATIENT:07d}"


def procedure(number: int) -> Resource:
    """Act ``number`` as a plain Procedure of 2.5 kB, at 10 in the morning in France, offset and all."""
    begun = dt.datetime.combine(day_of(number), dt.time(10), FRANCE)
    notes = [
        {"text": f"Remarque {n} d’un acte fictif, écrite pour la mesure et pour rien d’autre. " * 2} for n in range(12)
    ]
    return {
        "resourceType": "Procedure",
        "meta": {"security": [_TEST]},
        "identifier": [{"system": _SYSTEM, "value": f"ACTE-{number:09d}"}],
        "status": "completed",
        "code": {"coding": [{"system": f"{_SYSTEM}/code", "code": f"acte-{number % 7}"}], "text": "Acte fictif"},
        "subject": {"reference": f"Patient/{owner_of(number)}"},
        "performedPeriod": {"start": begun.isoformat(), "end": (begun + dt.timedelta(minutes=20)).isoformat()},
        "performer": [{"actor": {"display": "Professionnel fictif"}}],
        "note": notes,
    }


def transaction(number: int, size: int = 10) -> Resource:
    """A Bundle that creates ``size`` patients."""
    entries = [
        {"resource": patient(number * size + k), "request": {"method": "POST", "url": "Patient"}} for k in range(size)
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def dumped(resource: Resource) -> bytes:
    """Compact UTF-8, as most clients write it."""
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()


def numbered(count: int, first: int = 0) -> Iterator[tuple[int, Resource]]:
    """Acts ``first`` to ``first + count``."""
    for number in range(first, first + count):
        yield number, procedure(number)
