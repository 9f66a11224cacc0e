"""What the clients post: fictitious patients of the demonstration team, and acts that differ from one another."""

import copy
import itertools
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mappings.codes.systems import PLAN_DEFINITION
from mappings.fhir.json import dump
from mappings.records.act import act_from_record, act_under
from service.demonstration import records
from service.records.catalogue import load_catalogue
from service.records.entries import entries_of_act

Record = dict[str, Any]

_OID: Final = "1.2.250.1.213.1.4.11"
#: Where a client finds the patient, before it knows the server's name for her.
_PLACEHOLDER: Final = "patient-to-be-found"
ALL: Final = frozenset({"dmp", "mssante-professional", "mssante-patient"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One fictitious patient, included with one pair of the team."""

    number: int
    ins: str
    destinations: frozenset[str]

    @property
    def consent(self) -> str:
        return f"CONS-C{self.number:03}"

    @property
    def inclusion(self) -> str:
        return f"INCL-C{self.number:03}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One act ready to be posted."""

    identifier: str
    destinations: frozenset[str]
    path: str
    content_type: str
    body: bytes


def people(count: int) -> list[Person]:
    """Every fourth one opposes to the patient mailbox."""
    return [
        Person(number=n, ins=_ins(n), destinations=ALL - {"mssante-patient"} if n % 4 == 3 else ALL)
        for n in range(count)
    ]


def consents(some: list[Person]) -> list[Record]:
    made = []
    for person in some:
        record = copy.deepcopy(records("consents")[0])
        record |= {"identifier": person.consent}
        record["patient"]["ins"]["value"] = person.ins
        record["patient"]["local_identifier"]["value"] = f"PAT-C{person.number:03}"
        record["patient"]["birth_family"] = "TEST-CHAOS"
        record["sharing"]["patient_mailbox"] = "mssante-patient" in person.destinations
        made.append(record)
    return made


def inclusions(some: list[Person]) -> list[Record]:
    made = []
    for person in some:
        record = copy.deepcopy(records("inclusions")[0])
        record |= {"identifier": person.inclusion, "consent": person.consent, **_pair(person)}
        record["patient"]["ins"]["value"] = person.ins
        made.append(record)
    return made


def requests(seed: int, some: list[Person]) -> Iterator[Request]:
    """Acts without end, by turns through the flat door and through FHIR."""
    protocol = load_catalogue(Path("fixtures/protocols"))[f"{PLAN_DEFINITION}pc-torsion-cheville|2026.1"]
    template = records("acts")[0]
    # The namespace only has to be this run's own.
    names = (str(uuid.uuid5(uuid.NAMESPACE_OID, f"chaos {seed} {n}")) for n in itertools.count())
    for n in itertools.count():
        person = some[n % len(some)]
        identifier = f"CHAOS-{seed}-{n:06}"
        record = copy.deepcopy(template)
        record |= {"identifier": identifier, "inclusion": person.inclusion, **_pair(person)}
        record["exam"]["circonstances"] = f"Faux pas numéro {n}"
        if n % 2:
            path, content_type = "/fhir", "application/fhir+json"
            told = act_under(act_from_record(record), protocol, _PLACEHOLDER, lambda: next(names))
            entries = entries_of_act(told, protocol, lambda: next(names), fictitious=True)
            body = _transaction([entry.resource for entry in entries], person)
        else:
            path, content_type = "/records/acts", "application/json"
            body = json.dumps(record, ensure_ascii=False).encode()
        yield Request(
            identifier=identifier, destinations=person.destinations, path=path, content_type=content_type, body=body
        )


def procedure_named(answer: bytes) -> str:
    """``Procedure/id`` that an answer of either door names; the first one names the act."""
    found = re.search(rb"Procedure/[A-Za-z0-9.-]+", answer)
    return found[0].decode() if found else ""


def _transaction(resources: list[Record], person: Person) -> bytes:
    """As a FHIR client writes it: temporary names between the entries, the patient looked for by INS."""
    text = dump(
        {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "fullUrl": f"{one['resourceType']}/{one['id']}",
                    "resource": {key: value for key, value in one.items() if key != "id"},
                    "request": {"method": "POST", "url": one["resourceType"]},
                }
                for one in resources
            ],
        }
    ).decode()
    for one in resources:
        name = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, one['id'])}"
        text = text.replace(f'"{one["resourceType"]}/{one["id"]}"', f'"{name}"')
    return text.replace(f"Patient/{_PLACEHOLDER}", f"Patient?identifier=urn:oid:{_OID}|{person.ins}").encode()


def _pair(person: Person) -> Record:
    """Délégué and délégant number n of the team, by turns."""
    enrolments = records("enrolments")
    delegatees = [record["rpps"] for record in enrolments if record["function"] == "DELEGATEE"]
    delegators = [record["rpps"] for record in enrolments if record["function"] == "DELEGATOR"]
    n = person.number % min(len(delegatees), len(delegators))
    return {"delegatee_rpps": delegatees[n], "delegator_rpps": delegators[n]}


def _ins(number: int) -> str:
    """A matricule of commune 999, so of nobody, with its key."""
    root = f"2920438999{100 + number:03}"
    return f"{root}{97 - int(root) % 97:02}"
