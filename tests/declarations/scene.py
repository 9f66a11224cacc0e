"""A service, a portal and the demonstration's team, by hand."""

import datetime as dt
from copy import deepcopy
from pathlib import Path
from typing import Any

from mappings.codes import systems
from mappings.domain.declaration import Declaration, Difference
from mappings.fhir.declaration import declaration_from_fhir
from mappings.records.form import Form, form_from_toml
from service.clients.portal.client import Portal
from service.clients.portal.send import PortalSettings
from service.declarations import Keeping, Poll, TeamView, declarations_of, poll, team_view, watermark
from service.intake.knowledge import Readings
from service.sandbox.portal import dossier
from service.sandbox.server import PROCEDURE, Sandbox
from service.store import Store
from tests.house import ROOT, House, team_records

Json = dict[str, Any]

FINESS = "380999990"
STRUCTURE = "CPTS DES TILLEULS (FICTIVE)"
PROTOCOL = "pc-torsion-cheville"
FORM: Form = form_from_toml((ROOT / "fixtures" / "demarche" / "equipe.toml").read_text(encoding="utf-8"))
TOKEN = "jeton-de-demonstration"

#: Who joins later: two physiotherapists and a doctor.
NEWCOMERS: tuple[Json, ...] = (
    {"rpps": "99900003015", "family": "ARNAUD-FICTIF", "given": "Zoé", "profession": "70", "function": "DELEGATEE"},
    {"rpps": "99900003023", "family": "BLIN-FICTIF", "given": "Yann", "profession": "70", "function": "DELEGATEE"},
    {"rpps": "99900003031", "family": "CARLIER-FICTIF", "given": "Odile", "profession": "10", "function": "DELEGATOR"},
)
_TITLES = {"70": "Masseur-kinésithérapeute", "10": "Médecin généraliste", "60": "Infirmier"}
_FUNCTIONS = {"DELEGATEE": "Délégué", "DELEGATOR": "Délégant"}


def at(day: str, hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), dt.UTC)


def team() -> list[Json]:
    """The twenty of the demonstration, as enrolment records."""
    return team_records("enrolments")


def line(record: Json, **changes: str) -> dict[str, str]:
    """A professional as a row of a dossier."""
    told = {
        "nom": record["family"],
        "prenom": record["given"],
        "profession": _TITLES[record["profession"]],
        "fonction": _FUNCTIONS[record["function"]],
        "rpps": record["rpps"],
        "adeli": "",
    }
    return told | changes


def lines(records: list[Json]) -> list[dict[str, str]]:
    return [line(record) for record in records]


def lodged(number: int, day: str, members: list[dict[str, str]], **more: Any) -> Json:
    """A dossier of the structure."""
    told = {
        "finess": FINESS,
        "structure": STRUCTURE,
        "secteur": "Communauté professionnelle territoriale de santé",
        "referent": "Camille REFERENT-FICTIF",
        "courriel": "camille@cpts.example",
    }
    return dossier(number, at(day), members, **(told | more))


def enrolment(newcomer: Json, start: str) -> Json:
    """The enrolment record of a newcomer, like one of the team's."""
    like = next(r for r in team() if r["function"] == newcomer["function"])
    record = {k: v for k, v in deepcopy(like).items() if k not in ("identifier", "mailbox", "prefix", "specialty")}
    return (
        record
        | newcomer
        | {"period": {"start": start}}
        | ({"specialty": "SM26"} if newcomer["profession"] == "10" else {})
    )


class Scene:
    def __init__(self, store: Store, keys: Path, sandbox: Sandbox, *, whole: bool = False) -> None:
        self.house = House(store, keys, people=0, whole=whole)
        self.store = store
        self.sandbox = sandbox
        self.waits: list[float] = []
        self.keeping = Keeping(store=store, clock=self.house.clock, ids=self.house.ids, readings=Readings())

    def portal(self, **settings: Any) -> Portal:
        told = {"url": self.sandbox.portal_url, "token": TOKEN, "number": PROCEDURE, "seconds": 5.0} | settings
        return Portal(PortalSettings(**told), self.house.clock, self.waits.append)

    def lodge(self, *dossiers: Json) -> None:
        for one in dossiers:
            self.sandbox.state.portal.put(one)

    def poll(self, *, form: Form = FORM, everything: bool = False, **settings: Any) -> Poll:
        last = watermark(self.store, PROCEDURE, self.house.clock())
        since = None if everything or last is None else last - dt.timedelta(days=1)
        return poll(self.portal(**settings), form, self.house.composition.catalogue, self.keeping, since)

    def view(self, day: str) -> TeamView:
        return team_view(self.store, self.house.composition.catalogue, PROTOCOL, FINESS, dt.date.fromisoformat(day))

    def declared(self) -> list[Declaration]:
        return declarations_of(self.store, FINESS)

    def tasks(self) -> list[Json]:
        return self.house.found(f"Task?code={systems.CODE_SYSTEM}binome-task-code|declare-team&_count=200")

    def every_declaration(self) -> list[Declaration]:
        return [declaration_from_fhir(task) for task in self.tasks()]


def summary(told: Difference) -> tuple[set[str], set[str], dict[str, tuple[str, str]]]:
    """RPPS of who joined and of who left; by RPPS, the professions declared and of today."""
    return (
        {m.rpps for m in told.joined},
        {m.rpps for m in told.left},
        {c.today.rpps: (c.declared.profession, c.today.profession) for c in told.changed},
    )
