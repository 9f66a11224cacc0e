"""Two structures and three patients, one of them in both; and who holds what, told by who wrote it.

The answer to "who may see this" is kept here from the order of writing alone: it knows nothing of references.
"""

import json
from pathlib import Path
from typing import Any

from service.store import Store
from service.store.history import Changes
from tests.house import House, act_record, team_records

Json = dict[str, Any]
Key = tuple[str, str]

HERE, THERE = "380999990", "380999982"
#: Places of the consents in the scenario; where each patient is cared for, and who writes their choice of sharing.
PATIENTS: dict[str, tuple[int, tuple[str, ...]]] = {
    "both": (0, (HERE, THERE)),
    "here": (1, (HERE,)),
    "there": (5, (THERE,)),
}
#: What tells of nobody.
OPEN = frozenset(
    "Practitioner Organization PractitionerRole CareTeam PlanDefinition Questionnaire ActivityDefinition Device".split()
)
CHOICES: dict[str, Json] = {
    "shared": {"dmp": True, "patient_mailbox": True, "professional_mailbox": True},
    "not with professionals": {"dmp": True, "patient_mailbox": True, "professional_mailbox": False},
    "refused": {"dmp": False, "patient_mailbox": False, "professional_mailbox": False},
}


class Scene(House):
    """The house, where each patient has consented, entered and been treated, and has chosen nothing yet."""

    def __init__(self, store: Store, folder: Path) -> None:
        super().__init__(store, folder, people=0)
        #: By resource: the patients it is about, and the structures that wrote it.
        self.holds: dict[Key, set[tuple[str, str]]] = {}
        self.choice = dict.fromkeys(PATIENTS, "none")
        self.patient_ids: dict[str, str] = {}
        everybody = team_records("enrolments")
        for finess in (HERE, THERE):
            for record in (everybody[0], everybody[10]):
                structure = record["structure"] | {
                    "finess": finess,
                    "mailbox": f"binome.{finess}@cpts.formation.mssante.fr",
                }
                identifier = record["identifier"].replace(HERE, finess)
                self._load("enrolments", record | {"identifier": identifier, "structure": structure})
        for name, (_, structures) in PATIENTS.items():
            for finess in structures:
                self._care(name, finess)
        for name, (place, _) in PATIENTS.items():
            value = team_records("consents")[place]["patient"]["ins"]["value"]
            (patient,) = self.found(f"Patient?identifier={value}")
            self.patient_ids[name] = patient["id"]

    def _care(self, name: str, finess: str) -> None:
        before = self._last()
        consent = self._consent(name, finess)
        self._load("consents", {key: value for key, value in consent.items() if key != "sharing"})
        who = {"delegatee_rpps": "99900001019", "delegator_rpps": "99900002017", "structure_finess": finess}
        inclusion = team_records("inclusions")[0] | who
        inclusion |= {"identifier": f"INCL-{name}-{finess}", "patient": {"ins": consent["patient"]["ins"]}}
        self._load("inclusions", inclusion | {"consent": consent["identifier"]})
        act = act_record(identifier=f"ACTE-{name}-{finess}", inclusion=inclusion["identifier"], **who)
        self._load("acts", act)
        self._told(before, name, finess)

    def _consent(self, name: str, finess: str) -> Json:
        place, _ = PATIENTS[name]
        record = {key: value for key, value in team_records("consents")[place].items() if key != "withdrawn_on"}
        team = record["team"].replace(HERE, finess)
        return record | {
            "decision": "given",
            "identifier": f"CONS-{name}-{finess}",
            "structure_finess": finess,
            "team": team,
        }

    def choose(self, name: str, choice: str) -> None:
        """The patient chooses anew, in the first of the structures that care for them."""
        finess = PATIENTS[name][1][0]
        before = self._last()
        self.clock.pass_(minutes=1)
        self._load("consents", self._consent(name, finess) | {"sharing": CHOICES[choice]})
        self._told(before, name, finess)
        self.choice[name] = choice

    def _last(self) -> int:
        newest = self.store.changes(Changes(count=1))
        return newest[0].number if newest else 0

    def _told(self, before: int, name: str, finess: str) -> None:
        for version in self.store.changes(Changes(count=1000)):
            if version.number > before and version.type not in OPEN:
                self.holds.setdefault((version.type, version.id), set()).add((name, finess))

    def seen_by(self, finess: str) -> set[Key]:
        """What the structure may see of what tells of patients."""
        return {key for key, held in self.holds.items() if all(self._lets(key, *one, finess) for one in held)}

    def _lets(self, key: Key, name: str, holder: str, finess: str) -> bool:
        # Who a patient is, whoever cares for them knows.
        mine = holder == finess or (key[0] == "Patient" and finess in PATIENTS[name][1])
        return mine or self.choice[name] == "shared"

    def asks(self, finess: str, method: str, path: str, body: Json | None = None, **headers: str) -> Any:
        token = self.composition.issuer.token("99900002017", finess)
        return self.fhir(method, path, body, Authorization=f"Bearer {token}", **headers)

    def shown(self, finess: str, path: str) -> set[Key]:
        """Everything in the answer and in the pages after it."""
        shown: set[Key] = set()
        while path:
            answer = self.asks(finess, "GET", path)
            assert answer.status_code == 200, answer.json
            shown |= keys_in(answer.json)
            following = [link["url"] for link in answer.json.get("link", ()) if link["relation"] == "next"]
            path = following[0].partition("/fhir")[2] if following else ""
        return shown


def keys_in(node: Any) -> set[Key]:
    """Every resource in an answer, however deep, but those that are contained: they are of the one that contains them."""
    if isinstance(node, list):
        return {key for each in node for key in keys_in(each)}
    if not isinstance(node, dict):
        return set()
    found = {key for name, value in node.items() if name != "contained" for key in keys_in(value)}
    if "resourceType" in node and "id" in node:
        found.add((node["resourceType"], node["id"]))
    return found


def clinical(keys: set[Key]) -> set[Key]:
    return {key for key in keys if key[0] not in OPEN and key[0] not in ("Bundle", "Basic", "Subscription")}


def text_of(answer: Any) -> str:
    return json.dumps(answer.json, ensure_ascii=False)
