"""The command about how the report of an act shows in the shared record: what is asked of it, and what it says in French."""

from collections.abc import Callable
from dataclasses import replace

from mappings.domain.showing import Showing
from mappings.fhir.update_task import change_of
from mappings.issues import Refused
from service.access import Caller
from service.clock import random_identifiers, system_clock
from service.commands.importing import opened, told_refused
from service.composition import addressing, changing
from service.config import Settings
from service.updating import Updating

Tell = Callable[[str], None]

_YES_NO = {True: "oui", False: "non"}


def visibility(
    settings: Settings,
    tell: Tell,
    procedure: str,
    *,
    by: str,
    masked: bool | None = None,
    hidden: bool | None = None,
    archive: bool = False,
    reason: str = "",
) -> int:
    """What is told of ``masked``, ``hidden`` and ``archive`` is asked, the rest stays; 0, or 1 when it was refused."""
    caller = Caller(client="command", rpps=by)
    try:
        with opened(settings) as store:
            updating = Updating(
                store=store,
                clock=system_clock,
                ids=random_identifiers,
                addressing=addressing(settings),
                changes=changing(settings),
            )
            told = updating.shown(procedure, caller)
            if masked is not None or hidden is not None or archive:
                told = updating.ask(procedure, _wanted(told.showing, masked, hidden, archive), reason, caller)
    except Refused as refused:
        return told_refused(tell, refused)
    tell(f"Masqué aux professionnels : {_YES_NO[told.showing.masked]}.")
    tell(f"Non visible par le patient : {_YES_NO[told.showing.hidden]}.")
    tell(f"Archivé : {_YES_NO[told.showing.archived]}.")
    for code in sorted(told.of_others.codes):
        tell(f"Au dossier partagé, sans demande de l’équipe : {code}.")
    for task in told.changes:
        tell(f"{task['authoredOn']} {change_of(task)} {task['status']}")
    return 0


def _wanted(now: Showing, masked: bool | None, hidden: bool | None, archive: bool) -> Showing:
    return replace(
        now,
        masked=now.masked if masked is None else masked,
        hidden=now.hidden if hidden is None else hidden,
        archived=now.archived or archive,
    )
