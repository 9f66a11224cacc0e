"""Which chain proves a request: that of the structure it is about. One commit has one chain."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from mappings.fhir.datatypes import reference_id
from mappings.issues import Issue, Refused
from service.intake.adverse import structure_of
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed

Resource = dict[str, Any]

#: Chain of what no structure owns.
COMMON_CHAIN: Final = "binome"
#: Element of each type that names the structure, whose chain then proves the change.
_STRUCTURE: Final[Mapping[str, Callable[[Resource], str]]] = {
    "Procedure": lambda r: str(r["performer"][0]["onBehalfOf"]["reference"]),
    "PractitionerRole": lambda r: str(r["organization"]["reference"]),
    "Consent": lambda r: str(r["organization"][0]["reference"]),
    "Task": lambda r: f"Organization/{reference_id(r['owner'], 'Organization')}",
    "CareTeam": lambda r: str(r["managingOrganization"][0]["reference"]),
}


def chain_of(placed: Sequence[Placed], retracted: Iterable[str], knowledge: Knowledge) -> str:
    """``retracted``: chains of the reports of the acts in error or corrected, which prove what becomes of their envelopes."""
    return _of_reports(retracted) or _of_structure(placed) or _of_events(placed, knowledge) or COMMON_CHAIN


def _of_reports(retracted: Iterable[str]) -> str:
    chains = sorted({one for one in retracted if one})
    if len(chains) > 1:
        text = "Les actes annulés ou corrigés par une même transaction relèvent d’une seule structure."
        raise Refused(Issue("not-supported", "Bundle.entry", text, "Binôme, actes saisis par erreur"))
    return chains[0] if chains else ""


def _of_structure(placed: Sequence[Placed]) -> str:
    for item in placed:
        name = _STRUCTURE.get(item.entry.type)
        if name is not None:
            try:
                return name(item.resource).partition("/")[2]
            except (KeyError, IndexError):
                continue  # the element is missing: the reading of the type refuses it
    return ""


def _of_events(placed: Sequence[Placed], knowledge: Knowledge) -> str:
    events = (p.resource for p in placed if p.entry.type == "AdverseEvent" and p.writes)
    return next((chain for event in events if (chain := structure_of(event, knowledge))), "")
