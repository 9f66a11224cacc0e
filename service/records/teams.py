"""``/records/teams``: how a team is reached, and who can be at an instant; the attestation of a member's training."""

import datetime as dt

import orjson
from flask import Blueprint, Response, abort, request

from mappings.codes.identifiers import is_finess
from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain.identity import team_id, team_identifier
from mappings.domain.reach import Candidate
from mappings.elements import Json, parse_instant
from mappings.fhir.json import parse
from mappings.issues import Issue, Refused
from mappings.pdf.attestation import attestation_page
from mappings.records.arrangement import arrangement_from_record
from mappings.records.availability import print_arrangement
from service import views
from service.attesting import attestation_of
from service.intake.arranging import arrange
from service.life.reaching import TeamReach, team_reach
from service.printing import printed

teams = Blueprint("teams", __name__)

#: Parameters, all told in the description.
PARAMETERS = ("protocol", "finess", "at")


@teams.post("/teams")
def agree() -> Response:
    if request.mimetype != "application/json":
        abort(415)
    composition = views.composition()
    read = arrangement_from_record(parse(request.get_data()))
    version, is_new = arrange(
        composition.store,
        composition.ids,
        read.team_id,
        read.arrangement,
        rpps=views.caller().rpps,
        now=composition.clock(),
        finess=views.caller().structure,
    )
    return _json({"resources": [f"CareTeam/{read.team_id}/_history/{version}"]}, 201 if is_new else 200)


@teams.get("/teams")
def reachable() -> Response:
    composition = views.own()
    protocol, finess, at = _asked(composition.clock())
    told = team_reach(composition.store, team_id(team_identifier(protocol, finess)), at, composition.territory)
    if told is None or views.is_foreign(finess):
        raise Refused(
            Issue("not-found", "protocol", "Aucune équipe de ce protocole n’est connue dans cette structure.")
        )
    return _json(_printed(told))


@teams.get("/enrolments/<logical_id:id_>/trainings/<int:number>/attestation")
def attestation(id_: str, number: int) -> Response:
    """The training at that place of the enrolment, from 1."""
    told = attestation_of(views.own(), id_, number)
    if told is None or views.is_foreign(told.organization.finess):
        abort(404)
    return Response(printed(attestation_page(told)), content_type="application/pdf")


def _asked(now: dt.datetime) -> tuple[str, str, dt.datetime]:
    """Every fault at once."""
    issues = [
        Issue("structure", name if name.isidentifier() else "", "Ce paramètre n’est pas connu ici.")
        for name in request.args
        if name not in PARAMETERS
    ]
    protocol, finess = request.args.get("protocol", ""), request.args.get("finess", "")
    text = request.args.get("at", "")
    # In an address, « + » is a space unless it is escaped.
    at = parse_instant(text.replace(" ", "+")) if text else now
    name, _, version = protocol.partition("|")
    if not (name and version):
        text = "« protocol » est obligatoire : « nom-du-protocole|version »."
        issues.append(Issue("required", "protocol", text))
    if not is_finess(finess):
        issues.append(Issue("value", "finess", "« finess » est obligatoire : un numéro FINESS de 9 caractères."))
    if at is None:
        issues.append(Issue("value", "at", "« at » porte la date, l’heure et le décalage horaire."))
    if issues or at is None:
        raise Refused(issues)
    return f"{PLAN_DEFINITION}{protocol}", finess, at


def _printed(told: TeamReach) -> Json:
    arrangement = print_arrangement(told.arrangement)
    return {
        "team": told.team_id,
        "at": told.at.isoformat(),
        "holiday": {"name": told.holiday.name, "certain": told.holiday.certain} if told.holiday else None,
        "reachable": told.reachable.value,
        "response_minutes": arrangement["response_minutes"],
        "arrangement": arrangement,
        "delegators": [
            {
                **_person(one.candidates[0]),
                "instead": [_person(other) for other in one.candidates[1:]],
            }
            for one in told.delegators
        ],
    }


def _person(one: Candidate) -> Json:
    return {
        "enrolment": one.enrolment.identifier,
        "rpps": one.enrolment.rpps,
        "reachable": one.reachable.value,
        "absent": one.absent.value,
        "contacts": [{"channel": contact.channel, "value": contact.value} for contact in one.contacts],
    }


def _json(body: Json, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, content_type="application/json; charset=utf-8")
