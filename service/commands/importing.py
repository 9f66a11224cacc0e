"""The commands that take in declared teams, and the nightly one: what they open, and what they say of it in French."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mappings.codes.identifiers import is_finess
from mappings.domain.declaration import Remark, between, in_force
from mappings.domain.time import french_day
from mappings.issues import Issue, Refused
from mappings.records.dossier import version_on
from mappings.records.form import Form, form_from_toml
from mappings.records.roster import french_date
from mappings.records.sheet import LONGEST
from mappings.records.team_file import declaration_from_file
from service.clients.portal.client import Portal
from service.clients.portal.read import Kind, Trouble
from service.clients.portal.send import PortalSettings
from service.clock import random_identifiers, system_clock
from service.config import Settings
from service.declarations import Keeping, Kept, Poll, declarations_of, poll, watermark
from service.finding import keep_found
from service.intake.knowledge import Readings
from service.life.escalation import Escalation
from service.life.nightly import Nightly
from service.life.reviewing import reviews_due
from service.records.catalogue import load_catalogue
from service.store import Store, open_store
from service.unusable import named_by

Tell = Callable[[str], None]

_TROUBLES: Final = {
    Kind.UNAVAILABLE: "le portail n’a pas répondu",
    Kind.LIMITED: "le portail demande d’attendre",
    Kind.FORBIDDEN: "le jeton est absent, faux ou expiré, ou n’ouvre pas cette démarche",
    Kind.ABSENT: "le portail ne connaît pas cette démarche",
    Kind.REFUSED: "le portail refuse la demande",
    Kind.UNREADABLE: "la réponse du portail ne se comprend pas",
}
_SAID: Final = {Kept.NEW: "nouveaux", Kept.CHANGED: "modifiés", Kept.SAME: "inchangés", Kept.OLDER: "dépassés"}


def import_portal(
    settings: Settings, tell: Tell, *, everything: bool, pause: Callable[[float], None] = time.sleep
) -> int:
    """0 when every dossier that came is on record, were it aside; 1 when some could not be read, or none came."""
    try:
        form = _form(settings)
    except Refused as refused:
        for issue in refused.issues:
            tell(f"{issue.expression} : {issue.text}")
        return 1
    asked = PortalSettings(
        url=settings.portal,
        token=settings.portal_token,
        number=form.number,
        seconds=settings.portal_seconds,
        patience=settings.portal_patience_seconds,
    )
    with opened(settings) as store:
        last = None if everything else watermark(store, form.number, system_clock())
        since = last - dt.timedelta(seconds=settings.portal_overlap_seconds) if last else None
        portal = Portal(asked, system_clock, pause)
        done = poll(portal, form, load_catalogue(Path(settings.protocols)), _keeping(store), since)
    return _told(tell, form.number, done)


def import_team(
    settings: Settings, tell: Tell, file: Path, *, protocol: str, finess: str, date: str, structure: str, lodged: bool
) -> int:
    """0 when the whole file is on record, 1 when nothing of it is; each fault is told with its line."""
    try:
        day = day_told(date)
        version = version_on(load_catalogue(Path(settings.protocols)), protocol, day)
        issues = []
        if version is None:
            issues.append(
                Issue("not-found", "protocol", "Aucune version de ce protocole n’était en vigueur ce jour-là.")
            )
        if not is_finess(finess):
            issues.append(Issue("value", "finess", "Un numéro FINESS compte 9 caractères."))
        if issues or version is None:
            raise Refused(issues)
        declaration = declaration_from_file(
            _bytes(file),
            version,
            finess,
            day,
            lodged=lodged,
            now=system_clock(),
            structure=structure,
            words=_form(settings).words,
        )
        with opened(settings) as store:
            before = in_force(declarations_of(store, finess), version.canonical, day)
            kept = _keeping(store).keep(declaration)
    except Refused as refused:
        return told_refused(tell, refused)
    for remark in declaration.remarks:
        tell(_sentence(remark))
    if kept is Kept.SAME:
        tell("Ce fichier était déjà enregistré : rien n’a changé.")
    else:
        state = "comme déclarée" if lodged else "comme brouillon"
        tell(f"Liste enregistrée {state} au {day.strftime('%d/%m/%Y')}, professionnels : {len(declaration.members)}.")
        told = between(before, declaration)
        since = "Depuis la liste en vigueur" if before else "Aucune liste n’était en vigueur"
        tell(f"{since} : arrivés {len(told.joined)}, partis {len(told.left)}, changés {len(told.changed)}.")
    return 0


def suspend_lapsed(settings: Settings, tell: Tell, *, date: str) -> int:
    try:
        day = day_told(date)
    except Refused as refused:
        return told_refused(tell, refused)
    catalogue = load_catalogue(Path(settings.protocols))
    with opened(settings) as store:
        count = Nightly(
            store=store,
            catalogue=catalogue,
            clock=system_clock,
            ids=random_identifiers,
            readings=Readings(),
        ).suspend_lapsed(day)
        moved = _escalation(settings, store).escalate()
        reviews = list(reviews_due(store, catalogue, day, Readings()))
    tell(f"Formations échues au {day.strftime('%d/%m/%Y')} : adhésions suspendues, {count}.")
    _tell_moved(tell, moved)
    for version, review in reviews:
        when = f"{'en retard, due' if review.overdue else 'à faire au plus tard'} le {review.due.strftime('%d/%m/%Y')}"
        tell(f"Revue annuelle {when} : {version.short_title}, version {version.version} ({version.id}).")
    return 0


def escalate(settings: Settings, tell: Tell) -> int:
    with opened(settings) as store:
        moved = _escalation(settings, store).escalate()
    _tell_moved(tell, moved)
    return 0


def _escalation(settings: Settings, store: Store) -> Escalation:
    return Escalation(
        store=store,
        clock=system_clock,
        ids=random_identifiers,
        readings=Readings(),
        answer=dt.timedelta(hours=settings.escalation_hours),
    )


def _tell_moved(tell: Tell, moved: int) -> None:
    tell(f"Tâches sans réponse, ou d’un délégant absent, adressées à un autre : {moved}.")


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    store = open_store(settings.database)
    try:
        keep_found(store)
        yield store
    finally:
        store.close()


def _keeping(store: Store) -> Keeping:
    return Keeping(store=store, clock=system_clock, ids=random_identifiers, readings=Readings())


def _form(settings: Settings) -> Form:
    with named_by("BINOME_PORTAL_FORM"):
        return form_from_toml(Path(settings.portal_form).read_text(encoding="utf-8"))


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LONGEST + 1)
    except OSError:
        raise Refused(Issue("not-found", "file", "Le fichier ne peut pas être lu.")) from None


def day_told(text: str) -> dt.date:
    day = french_date(text) if text else french_day(system_clock())
    if day is None:
        raise Refused(Issue("value", "date", "La date n’est pas une date (exemples : 2026-10-20, 20/10/2026)."))
    return day


def _told(tell: Tell, number: int, done: Poll) -> int:
    if done.trouble is not None:
        tell(f"Démarche {number} : {_trouble(done.trouble)} ; rien n’a été repris.")
        return 1
    counts = ", ".join(f"{_SAID[kept]} {count}" for kept, count in sorted(done.kept.items()) if count)
    tell(f"Démarche {number}, dossiers : {counts or 'aucun'}.")
    if done.dossiers_aside or done.rows_aside:
        tell(f"Écartés, avec leur motif : dossiers {done.dossiers_aside}, lignes {done.rows_aside}.")
    if done.nameless:
        tell(f"Dossiers sans numéro ou sans date lisibles, non repris : {done.nameless}.")
    for receipt, text in done.refused:
        tell(f"Dossier {receipt} non repris : {text}")
    if done.refused:
        tell("Une fois la cause levée, relancer avec --all.")
    return 1 if done.nameless or done.refused else 0


def _trouble(trouble: Trouble) -> str:
    wait = f", {int(trouble.wait)} s" if trouble.wait else ""
    return f"{_TROUBLES[trouble.kind]} ({trouble.code}{wait})"


def _sentence(remark: Remark) -> str:
    return f"{f'Ligne {remark.row}' if remark.row else 'À noter'} : {remark.text}"


def told_refused(tell: Tell, refused: Refused) -> int:
    for issue in refused.issues:
        tell(issue.text)
    tell("Rien n’a été enregistré.")
    return 1
