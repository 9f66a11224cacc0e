"""The attestation of a training as a PDF: one A4 page, PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1).

Equal bytes for equal attestations. The data travels beside the template, never inside it: no name can become markup.
What is not known is said so, as « à valider ».
"""

from importlib import resources
from typing import Any, Final

from mappings.codes.health_professions import HEALTH_PROFESSIONS
from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain import wording
from mappings.domain.attestation import Attestation
from mappings.domain.logic import Truth
from mappings.domain.people import Practitioner
from mappings.domain.protocol import TO_VALIDATE
from mappings.domain.time import french_day
from mappings.domain.wording import NBSP, typeset
from mappings.pdf.printed import Page, page_of

_TEMPLATE: Final = resources.files(__package__).joinpath("attestation.typ").read_text(encoding="utf-8")
NOT_KNOWN: Final = f"Non renseigné – à{NBSP}valider"
_DOUBTFUL: Final = f" (à{NBSP}valider)"
_LENGTH: Final = {
    Truth.YES: "",
    Truth.NO: "La durée suivie est inférieure à la durée exigée.",
    Truth.UNKNOWN: f"Durée suivie et durée exigée ne peuvent pas être comparées : à{NBSP}valider.",
}


def attestation_page(told: Attestation) -> Page:
    return page_of("attestation", _TEMPLATE, _page(told), told.recorded)


def _page(told: Attestation) -> dict[str, Any]:
    training, day = told.training, french_day(told.recorded)
    name, _, version = told.canonical.removeprefix(PLAN_DEFINITION).partition("|")
    title = told.protocol.title if told.protocol else name
    return {
        "date": {"year": day.year, "month": day.month, "day": day.day},
        "module": typeset(training.module),
        "trainee": typeset(_name(told.trainee)),
        "rows": [
            {"label": label, "value": typeset(value), "known": value != NOT_KNOWN}
            for label, value in (
                ("Personne formée", _person(told.trainee, told.trainee.rpps)),
                ("Formation", training.module),
                ("Terminée le", wording.day(training.completed)),
                (
                    "Valable jusqu’au",
                    wording.day(training.valid_until) if training.valid_until else "Sans fin indiquée",
                ),
                ("Durée suivie", _hours(told)),
                ("Durée exigée par le protocole", _required(told)),
                ("Formée par", _person(told.trainer, told.trainer_rpps)),
                ("Protocole", f"{title}, version {version}"),
                ("Structure", f"{told.organization.name}, FINESS {told.organization.finess}"),
            )
        ],
        "length": typeset(_LENGTH[told.long_enough]),
        "signatures": [
            {
                "who": who,
                "name": typeset(_name(person)) if person else (f"RPPS{NBSP}{rpps}" if rpps else NOT_KNOWN),
                "day": wording.day(signed) if signed else NOT_KNOWN,
                "known": signed is not None,
            }
            for who, person, rpps, signed in (
                ("La personne formée", told.trainee, told.trainee.rpps, training.trainee_signed),
                ("Le délégant formateur", told.trainer, told.trainer_rpps, training.trainer_signed),
            )
        ],
        "whole": told.signed,
        "source": told.source,
        "is_draft": told.protocol is not None and told.protocol.status == "draft",
    }


def _name(person: Practitioner) -> str:
    return f"{person.given} {person.family}".strip()


def _person(person: Practitioner | None, rpps: str) -> str:
    if person is None:
        return f"RPPS {rpps}" if rpps else NOT_KNOWN
    profession = HEALTH_PROFESSIONS.get(person.profession, person.profession).lower()
    return f"{_name(person)}, {profession}, RPPS {person.rpps}"


def _hours(told: Attestation) -> str:
    hours = told.training.hours
    return f"{wording.number(hours.normalize())} h" if hours is not None else NOT_KNOWN


def _required(told: Attestation) -> str:
    required = told.required
    if required is None or required.hours is None:
        return NOT_KNOWN
    doubt = _DOUBTFUL if required.certainty in TO_VALIDATE else ""
    return f"{wording.counted(required.hours, 'heure', 'heures')}{doubt}"
