"""The pages: acts to read, the trace of one act, the team's declaration, the development sign-in. Reads; acts only through the stories."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from mappings.domain import wording
from mappings.domain.people import Practitioner
from mappings.domain.time import french_day
from mappings.elements import parse_date
from mappings.issues import Issue, Refused
from service import views
from service.acknowledgement import acknowledge
from service.api.addresses import LOGICAL_ID
from service.console import french, session, words
from service.console.calls import calls, is_call
from service.console.comment import LONGEST, Comment, comment
from service.console.people import delegators, practitioner
from service.console.reading import Desk, desk_of
from service.console.team import team_page, teams_of
from service.showing import changes_of, of_others
from service.updating import updating_of

console = Blueprint("console", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
console.before_request(session.identify)
console.before_request(session.refuse_foreign_forms)

_FILTERS: Final[dict[str, Callable[..., str | list[str]]]] = {
    "day": french.day,
    "moment": french.moment,
    "machine": french.machine,
    "hour": french.hour,
    "name": french.name,
    "of": french.of,
    "phone": french.phone,
    "typeset": french.typeset,
    "counted": french.counted,
    "period": wording.period,
    "obstacle": words.obstacle,
    "shown_to": words.shown_to,
}
for _name, _filter in _FILTERS.items():
    console.add_app_template_filter(_filter, _name)


@console.context_processor
def on_every_page() -> dict[str, Any]:
    return {"reader": _reader, "mark": session.mark, "longest_comment": LONGEST}


@console.get("/")
def acts() -> Response | str:
    desk = _desk()
    if desk is None:
        return _to_sign_in()
    after, done = _named("apres"), _named("lu")
    page = desk.waiting(after)
    just_read = desk.act(done) if done else None
    return render_template(
        "acts.html",
        page=page,
        calls=calls(desk) if not after else (),
        is_first=not after,
        lately=desk.lately(),
        just_read=just_read if just_read and just_read.duty.read_at else None,
    )


@console.get("/actes/<logical_id:id_>")
def act(id_: str) -> Response | str:
    desk = _desk()
    if desk is None:
        return _to_sign_in()
    return _act_page(desk, id_)


def _act_page(desk: Desk, id_: str, refused: Comment | None = None) -> str:
    """``refused``: a comment that cannot be kept, shown again beside its faults."""
    trace = desk.trace(id_)
    if trace is None:
        abort(404)
    consults = views.composition().record_reader is not None
    updating, asked = updating_of(views.composition()), changes_of(views.composition().store, id_)
    others = of_others(updating.store, id_, asked)
    return render_template(
        "act.html",
        trace=trace,
        refused=refused,
        consults=consults,
        hides=updating.may_ask(id_, views.caller()) or bool(asked),
        others=[words.LABELS[code] for code in sorted(others.codes)],
        road=words.ROADS[updating.addressing.shared_record],
    )


@console.post("/actes/<logical_id:id_>/lecture")
def read(id_: str) -> Response:
    """Every duty that the délégant has about the act is done; the list then says what is on record."""
    desk = _desk()
    if desk is None:
        return _to_sign_in()
    tasks = desk.tasks_about(id_)
    if not tasks:
        abort(404)
    said = comment(request.form.get("commentaire", ""))
    if said.faults:
        return make_response(_act_page(desk, id_, said), 422)
    for task in tasks:
        acknowledge(views.composition(), task["id"], views.caller(), said.text)
    return redirect(url_for("console.acts", lu=id_), 303)


@console.get("/equipe")
def declaration() -> Response | str:
    """The declaration of one of the reader's teams, the first unless the address names another."""
    composition, rpps = views.composition(), views.caller().rpps
    if not rpps:
        return _to_sign_in()
    teams, wanted = teams_of(composition, rpps), _named("equipe")
    if not teams:
        return render_template("team.html", page=None, teams=teams)
    team = next((one for one in teams if one.id == wanted), None if wanted else teams[0])
    if team is None:
        abort(404)
    verify = request.args.get("annuaire") == "oui"
    return render_template("team.html", page=team_page(composition, team, _day(), rpps, verify=verify), teams=teams)


@console.post("/appels/<logical_id:id_>/lecture")
def read_call(id_: str) -> Response:
    """The délégant takes note that a patient left a protocol, or of a serious adverse event."""
    desk = _desk()
    if desk is None:
        return _to_sign_in()
    if not is_call(desk, id_):
        abort(404)
    acknowledge(views.composition(), id_, views.caller(), "")
    return redirect(url_for("console.acts"), 303)


@console.get("/connexion")
def sign_in_page() -> str:
    return render_template("sign_in.html", delegators=delegators(views.composition().store))


@console.post("/connexion")
def sign_in() -> Response:
    wanted = request.form.get("adhesion", "")
    found = next((one for one in delegators(views.composition().store) if one.enrolment_id == wanted), None)
    if found is None:
        return _to_sign_in()
    return session.open_session(redirect(url_for("console.acts"), 303), found.rpps)


@console.post("/deconnexion")
def sign_out() -> Response:
    return session.close_session(_to_sign_in())


def _reader() -> Practitioner | None:
    """Who looks, by name; the pages of refusal do not ask, for they must stand without the store."""
    rpps = views.caller().rpps
    return practitioner(views.composition().store, rpps) if rpps else None


def _desk() -> Desk | None:
    """The desk of who looks; None when nobody is signed in."""
    rpps = views.caller().rpps
    return desk_of(views.composition(), rpps) if rpps else None


def _named(parameter: str) -> str:
    """The logical id that the address names; empty when it names none."""
    value = request.args.get(parameter, "")
    return value if LOGICAL_ID.fullmatch(value) else ""


def _day() -> dt.date:
    """The day that the address names; today when it names none."""
    text = request.args.get("date", "")
    day = parse_date(text) if text else french_day(views.composition().clock())
    if day is None:
        raise Refused(Issue("value", "date", "Cette date n’en est pas une."))
    return day


def _to_sign_in() -> Response:
    return redirect(url_for("console.sign_in_page"), 303)
