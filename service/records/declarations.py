"""``GET /records/declarations``: the list in force on a day, what it lacks, what it does not cover."""

import datetime as dt

import orjson
from flask import Blueprint, Response, request

from mappings.codes.identifiers import is_finess
from mappings.domain.time import french_day
from mappings.elements import Json, parse_date
from mappings.issues import Issue, Refused
from mappings.records.declaration import (
    declaration_to_record,
    difference_to_record,
    member_to_record,
    remark_to_record,
)
from service import views
from service.declarations import TeamView, team_view
from service.declarations.checking import check_members, recorded_mailboxes

declarations = Blueprint("declarations", __name__)

#: Parameters, all told in the description.
PARAMETERS = ("protocol", "finess", "date", "verify")


@declarations.get("/declarations")
def declared() -> Response:
    composition = views.own()
    protocol, finess, day = _asked(french_day(composition.clock()))
    if views.is_foreign(finess):
        raise Refused(Issue("not-found", "finess", "Rien n’est connu ici de cette structure."))
    view = team_view(composition.store, composition.catalogue, protocol, finess, day)
    body = _printed(view)
    if request.args.get("verify") == "true" and view.declared is not None:
        members = view.declared.members
        recorded = recorded_mailboxes(composition.store, members)
        checks = check_members(members, finess, composition.directory, composition.clock, recorded)
        body["checks"] = [
            member_to_record(one.member)
            | {"known": one.known, "profession_matches": one.profession, "active_here": one.activity}
            | {"mailbox": one.mailbox}
            | ({"as_of": one.as_of.isoformat()} if one.as_of else {})
            for one in checks
        ]
    return Response(orjson.dumps(body), content_type="application/json; charset=utf-8")


def _asked(today: dt.date) -> tuple[str, str, dt.date]:
    """Every fault at once."""
    issues = [
        Issue("structure", name if name.isidentifier() else "", "Ce paramètre n’est pas connu ici.")
        for name in request.args
        if name not in PARAMETERS
    ]
    protocol, finess = request.args.get("protocol", ""), request.args.get("finess", "")
    date = request.args.get("date", "")
    day = parse_date(date) if date else today
    if not protocol:
        issues.append(
            Issue("required", "protocol", "« protocol » est obligatoire : le nom du protocole, sans version.")
        )
    elif all(one.id != protocol for one in views.composition().catalogue.values()):
        issues.append(Issue("not-found", "protocol", "Ce protocole n’est pas au catalogue."))
    if not is_finess(finess):
        issues.append(Issue("value", "finess", "« finess » est obligatoire : un numéro FINESS de 9 caractères."))
    if day is None:
        issues.append(Issue("value", "date", "« date » doit être une date complète (AAAA-MM-JJ)."))
    if request.args.get("verify", "true") not in ("true", "false"):
        issues.append(Issue("value", "verify", "« verify » vaut true ou false."))
    if issues or day is None:
        raise Refused(issues)
    return protocol, finess, day


def _printed(view: TeamView) -> Json:
    return {
        "protocol": view.protocol,
        "version": view.version,
        "title": view.title,
        "finess": view.finess,
        "date": view.day.isoformat(),
        "declared": declaration_to_record(view.declared) if view.declared else None,
        "difference": difference_to_record(view.difference),
        "uncovered_acts": [
            {"act": f"Procedure/{act.id}", "date": act.day.isoformat(), "reasons": list(why)}
            for act, why in view.uncovered
        ],
        "acts_examined": view.examined,
        "acts_left": view.unexamined,
        "remarks": [remark_to_record(one.dossier, remark) for one in view.remarked for remark in one.remarks],
    }
