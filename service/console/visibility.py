"""The page by which a délégant hides the report of an act in the shared record, shows it again, and sees what came of it."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mappings.domain.showing import Showing
from mappings.fhir.update_task import change_of, reason_asked
from mappings.issues import Refused
from service import views
from service.api import errors
from service.console import french, words
from service.console.pages import _desk, _to_sign_in, console
from service.console.people import practitioner
from service.console.views import ActView
from service.store import Store
from service.updating import LONGEST_REASON, updating_of

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One change that was asked for, as the page tells it."""

    at: dt.datetime
    what: str
    who: str
    reason: str
    state: str
    tone: words.Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A form that was refused for its reason alone: what was wanted, written, and its faults, a sentence each."""

    wanted: Showing
    reason: str
    faults: tuple[str, ...]


@console.get("/actes/<logical_id:id_>/visibilite")
def visibility(id_: str) -> Response | str:
    act = _own(id_)
    return _page(act) if isinstance(act, ActView) else act


def _page(act: ActView, sent: Sent | None = None) -> str:
    """``sent``: what was posted and refused for its reason, shown again beside its faults."""
    updating, caller = updating_of(views.composition()), views.caller()
    told = updating.shown(act.id, caller)
    return render_template(
        "visibility.html",
        act=act,
        showing=told.showing,
        ticked=sent.wanted if sent else told.showing,
        sent=sent,
        others=[words.LABELS[code] for code in sorted(told.of_others.codes)],
        others_at=told.of_others.at,
        road=words.ROADS[updating.addressing.shared_record],
        seen=len(told.changes),
        asked=tuple(_asked(updating.store, reversed(told.changes))),
        offered=updating.may_ask(act.id, caller),
        just_asked=request.args.get("demande") == "oui",
        longest_reason=LONGEST_REASON,
    )


@console.post("/actes/<logical_id:id_>/visibilite")
def ask_visibility(id_: str) -> Response:
    """What is ticked is the whole of what is wanted, by who saw all that was asked; the archive is not asked for here."""
    act = _own(id_)
    if not isinstance(act, ActView):
        return act
    updating, caller = updating_of(views.composition()), views.caller()
    before = updating.shown(id_, caller).showing
    wanted = Showing(masked=_ticked("professionnels"), hidden=_ticked("patient"), archived=before.archived)
    reason = request.form.get("motif", "").replace("\r\n", "\n").replace("\t", " ")
    seen = request.form.get("vues", type=int)
    try:
        updating.ask(id_, wanted, reason, caller, None if seen is None else {seen})
    except Refused as refusal:
        if any(issue.expression != "reason" for issue in refusal.issues):
            raise
        sent = Sent(wanted=wanted, reason=reason, faults=tuple(issue.text for issue in refusal.issues))
        return make_response(_page(act, sent), errors.status_of(refusal))
    return redirect(url_for("console.visibility", id_=id_, demande="oui"), 303)


def _own(id_: str) -> ActView | Response:
    """The act, when it is the reader's to see."""
    desk = _desk()
    if desk is None:
        return _to_sign_in()
    act = desk.act(id_)
    if act is None:
        abort(404)
    return act


def _ticked(name: str) -> bool:
    return request.form.get(name, "") == "oui"


def _asked(store: Store, tasks: Iterable[Resource]) -> Iterator[Asked]:
    for task in tasks:
        rpps = task["requester"]["identifier"]["value"]
        person = practitioner(store, rpps)
        state, tone = words.ASKED[task["status"]]
        why = task.get("statusReason", {}).get("text", "")
        yield Asked(
            at=dt.datetime.fromisoformat(task["authoredOn"]),
            what=words.CHANGES[change_of(task)],
            who=french.name(person) if person else f"Professionnel RPPS {rpps}",
            reason=reason_asked(task),
            state=f"{state}. {why}" if why else state,
            tone=tone,
        )
