"""The demonstration scenario: a fictitious team and patients, loaded through the flat door like anybody's."""

import datetime as dt
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import requests

from mappings.domain.people import Organization, Practitioner
from mappings.issues import Issue, Refused
from mappings.records.enrolment import enrolment_from_record
from service.sandbox.directory import Situation
from service.sandbox.portal import dossier

SCENARIO: Final = Path("fixtures/scenarios/torsion-cheville-equipe")
#: Files of the scenario and doors of the same name, in the order in which one rests on the other.
_DOORS: Final = ("enrolments", "consents", "inclusions")

Record = dict[str, Any]


def records(name: str, folder: Path = SCENARIO) -> list[Record]:
    """The records of one file of the scenario; ``Refused`` when it cannot be read as that."""
    file = folder / f"{name}.json"
    try:
        loaded: list[Record] = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise Refused(Issue("not-found", name, f"{file} ne peut pas être lu.")) from None
    except ValueError:
        raise Refused(Issue("structure", name, f"{file} n’est pas du JSON.")) from None
    if not isinstance(loaded, list) or not all(isinstance(one, dict) for one in loaded):
        raise Refused(Issue("structure", name, f"{file} n’est pas une liste d’enregistrements."))
    return loaded


def people(folder: Path = SCENARIO) -> Iterable[Practitioner | Organization | Situation]:
    """Who the sandbox's directory knows: the whole team, with the mailboxes."""
    for record in records("enrolments", folder):
        read = enrolment_from_record(record)
        yield Situation(practitioner=read.practitioner, organization=read.organization)


def dossiers(folder: Path = SCENARIO) -> Iterable[Record]:
    """What the sandbox's State portal holds: the team, declared before it began."""
    names = {"70": "Masseur-kinésithérapeute", "10": "Médecin généraliste"}
    functions = {"DELEGATEE": "Délégué", "DELEGATOR": "Délégant"}
    enrolled = records("enrolments", folder)
    rows = [
        {
            "nom": one["family"],
            "prenom": one["given"],
            "profession": names[one["profession"]],
            "fonction": functions[one["function"]],
            "rpps": one["rpps"],
        }
        for one in enrolled
    ]
    structure = enrolled[0]["structure"]
    yield dossier(
        1001,
        dt.datetime(2026, 8, 25, 9, tzinfo=dt.UTC),
        rows,
        finess=structure["finess"],
        structure=structure["name"],
        secteur="Communauté professionnelle territoriale de santé",
        referent="Camille REFERENT-FICTIF",
    )


def load(
    base: str, folder: Path = SCENARIO, tell: Callable[[str], None] = lambda _: None, *, acts: bool = False
) -> None:
    """Post the scenario to ``base``, with its acts when asked; loading twice changes nothing.

    ``Refused`` names the file that cannot be read, the service that does not answer, or the record refused.
    """
    scenario = {name: records(name, folder) for name in ((*_DOORS, "acts") if acts else _DOORS)}
    with requests.Session() as session:
        for name, told in scenario.items():
            for number, record in enumerate(told):
                try:
                    answer = session.post(f"{base}/records/{name}", json=sent(record), timeout=30)
                except (requests.RequestException, ValueError):
                    raise Refused(Issue("transient", "--base", f"Aucun service ne répond à {base}.")) from None
                if not answer.ok:
                    text = f"{name}[{number}] : refusé ({answer.status_code}){_reasons(answer)}"
                    raise Refused(Issue("processing", f"{name}[{number}]", text))
            tell(f"{name} : {len(told)}")


def _reasons(answer: requests.Response) -> str:
    """Each reason on a line, with the element that it is about; the beginning of what is no OperationOutcome."""
    try:
        issues = answer.json()["issue"]
        return "".join(f"\n  {issue['diagnostics']} [{', '.join(issue['expression'])}]" for issue in issues)
    except (ValueError, KeyError, TypeError):
        return f" {answer.text[:400]}"


def sent(record: Record) -> Record:
    """A record as a coordinator sends it: the délégants' mailboxes are left to the national directory."""
    return {
        key: value for key, value in record.items() if not (key == "mailbox" and record.get("function") == "DELEGATOR")
    }
