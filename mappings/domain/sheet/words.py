"""What the codes of a sheet are called in French, the same on every rendering."""

from collections.abc import Mapping
from typing import Final

from mappings.domain import wording
from mappings.domain.changes import Change, ChangeKind
from mappings.domain.evidence import Certainty
from mappings.domain.life.events import Suspension
from mappings.domain.life.halts import Halts
from mappings.domain.protocol import Completeness, Regime, Section
from mappings.domain.sheet.model import Sheet

REGIMES: Final[Mapping[Regime, str]] = {
    "national": "Protocole de coopération national",
    "local": "Protocole de coopération local",
}
STATUSES: Final[Mapping[str, str]] = {"draft": "projet", "active": "actif"}
SECTIONS: Final[Mapping[Section, str]] = {
    "inclusion": "inclusion",
    "exclusion": "exclusion",
    "withdrawal": "sortie",
    "exam": "examen",
    "recourse": "recours",
    "acts": "actes",
    "training": "formation",
    "information": "information",
}
COMPLETENESS: Final[Mapping[Completeness, str]] = {
    "complete": "complète",
    "partial": "partielle",
    "unknown": "inconnue",
}
CERTAINTIES: Final[Mapping[Certainty, str]] = {
    "O": "source officielle",
    "S": "source secondaire",
    "G": "connaissance générale, à valider",
    "D": "douteux, à valider",
    "X": "cherché et non trouvé, à valider",
}
CHANGES: Final[Mapping[ChangeKind, str]] = {"added": "ajouté", "removed": "retiré", "changed": "modifié"}
TO_VALIDATE: Final = f"à{wording.NBSP}valider"
NOT_KNOWN: Final = f"Non renseigné – {TO_VALIDATE}"

#: What the outlines of the picture mean.
LEGEND: Final = (
    "Trait interrompu : réorientation. Trait double : recours au délégant. Trait épais : actes autorisés. "
    "Coin noir : quelque chose y est à valider."
)


def standing(sheet: Sheet) -> str:
    """Whether the version counts on the day of the sheet."""
    on, period = wording.day(sheet.day), sheet.period
    if period is None:
        return "Date d’effet non connue : cette version n’a jamais été en vigueur"
    if sheet.in_force:
        return f"En vigueur le {on} ({wording.period(period)})"
    if sheet.day < period.start:
        return f"Pas encore en vigueur le {on} ({wording.period(period)})"
    return f"N’est plus en vigueur le {on} ({wording.period(period)})"


def includes_nobody(sheet: Sheet) -> str:
    """That no patient is included, and by what; empty where somebody may be."""
    if not sheet.open_for_everybody:
        return ""
    criteria = " ; ".join(f"« {text} »" for text in sheet.open_for_everybody)
    return f"Cette version n’inclut personne : le texte connu laisse ouvert {criteria}"


def halted(halts: Halts) -> tuple[str, ...]:
    """Each suspension as a sentence: of the whole protocol first, then those of one structure."""
    if not halts.known:
        return ("Les suspensions enregistrées de ce protocole ne se lisent plus : nul ne peut agir",)
    told = []
    if halts.whole:
        told.append(f"Protocole suspendu {wording.period(halts.whole.period)} {decided(halts.whole)}")
    if halts.coming:
        start, end = halts.coming.period.start, halts.coming.period.end
        until = f" et jusqu’au {wording.day(end)}" if end else ""
        told.append(f"Protocole suspendu à partir du {wording.day(start)}{until} {decided(halts.coming)}")
    for one in halts.structures:
        where = f"{one.name}, FINESS {one.finess}," if one.finess else "une structure qui n’est plus connue,"
        period = wording.period(one.suspension.period)
        told.append(f"Mise en œuvre suspendue {period} dans {where} {decided(one.suspension)}")
    return tuple(told)


def decided(suspension: Suspension) -> str:
    """Who decided, why, and where it can be read: free texts, quoted as they were told."""
    return f"par « {suspension.authority} » : {suspension.reason} ({suspension.source})"


def changed(change: Change) -> str:
    """One change as a line."""
    if change.kind == "changed":
        return f"« {change.before} » devient « {change.after} »"
    return change.after or change.before


def whole(sheet: Sheet) -> str:
    """``parties partielles : inclusion, examen ; inconnues : …``: what the definition says of itself."""
    told = []
    for state, words in COMPLETENESS.items():
        parts = [SECTIONS[section] for section, found in sheet.completeness if found == state]
        if parts:
            told.append(f"{words}{'s' if len(parts) > 1 else ''} : {', '.join(parts)}")
    return " ; ".join(told)
