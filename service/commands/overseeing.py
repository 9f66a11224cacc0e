"""The commands about protocols that are published: what they open, and what they say in French."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from mappings.issues import Issue, Refused
from service.clock import random_identifiers, system_clock
from service.commands.importing import day_told, opened, told_refused
from service.config import Settings
from service.life.supervision import Supervision, Told
from service.publishing import refuse_changed
from service.records.catalogue import load_catalogue, place_of, read_folder

Tell = Callable[[str], None]


def suspend(
    settings: Settings, tell: Tell, protocol: str, *, date: str, authority: str, reason: str, source: str, finess: str
) -> int:
    """0 when the suspension is on record, 1 when nothing changed for a fault of the command."""

    def do(supervision: Supervision) -> str:
        told = _told(date, authority, reason, source)
        new = supervision.suspend(protocol, told, finess)
        return f"Suspendu à compter du {told.day:%d/%m/%Y}." if new else _KNOWN

    return _done(settings, tell, do)


def resume(
    settings: Settings, tell: Tell, protocol: str, *, date: str, authority: str, reason: str, source: str, finess: str
) -> int:
    """The same, of the end of a suspension."""

    def do(supervision: Supervision) -> str:
        told = _told(date, authority, reason, source)
        new = supervision.resume(protocol, told, finess)
        return f"Suspension levée : de nouveau applicable à compter du {told.day:%d/%m/%Y}." if new else _KNOWN

    return _done(settings, tell, do)


def review(
    settings: Settings, tell: Tell, protocol: str, *, date: str, by: str, rpps: str, changed_to: str, reason: str
) -> int:
    """The same, of a yearly review."""

    def do(supervision: Supervision) -> str:
        if not by.strip():
            raise Refused(Issue("required", "by", "Qui a revu le protocole doit être nommé."))
        day = day_told(date)
        new = supervision.review(protocol, day, by=by, rpps=rpps, changed_to=changed_to, reason=reason)
        outcome = f"avec changement (version {changed_to})" if changed_to else "sans changement"
        return f"Revue du {day:%d/%m/%Y} enregistrée, {outcome}." if new else _KNOWN

    return _done(settings, tell, do)


def check_published(settings: Settings, tell: Tell, folder: Path, *, one: bool) -> bool:
    """Whether every version in force of the folder still says what this installation published."""
    catalogue = folder.parent if one else folder
    try:
        protocols = read_folder(folder) if one else load_catalogue(folder).values()
        with opened(settings) as store:
            refuse_changed(store, protocols, partial(place_of, catalogue))
    except Refused as refused:
        for issue in refused.issues:
            tell(issue.text)
        return False
    tell("Rien de ce qui est en vigueur ne diffère de ce qui a été publié ici.")
    return True


_KNOWN = "C’était déjà enregistré : rien n’a changé."


def _done(settings: Settings, tell: Tell, do: Callable[[Supervision], str]) -> int:
    try:
        catalogue = load_catalogue(Path(settings.protocols))
        with opened(settings) as store:
            supervision = Supervision(store=store, catalogue=catalogue, clock=system_clock, ids=random_identifiers)
            tell(do(supervision))
    except Refused as refused:
        return told_refused(tell, refused)
    return 0


def _told(date: str, authority: str, reason: str, source: str) -> Told:
    told = {"authority": authority, "reason": reason, "source": source}
    missing = [name for name, text in told.items() if not text.strip()]
    if missing:
        raise Refused(Issue("required", name, f"« {name} » ne peut pas être vide.") for name in missing)
    return Told(day=day_told(date), **told)
