"""``/records/acts/{act}/visibility``: how the report of an act shows in the shared record, read and asked for."""

from typing import Any

import orjson
from flask import Blueprint, Response, abort, request

from mappings.fhir.json import parse
from mappings.fhir.update_task import change_of, reason_asked
from mappings.records.showing import showing_from_record, showing_to_record
from service import views
from service.updating import Shown, updating_of

visibility = Blueprint("visibility", __name__)


@visibility.get("/acts/<logical_id:act>/visibility")
def visible(act: str) -> Response:
    return _answered(updating_of(views.own()).shown(act, views.caller()))


@visibility.put("/acts/<logical_id:act>/visibility")
def change(act: str) -> Response:
    """Asked twice is asked once: what is told is the whole of what is wanted."""
    if request.mimetype != "application/json":
        abort(415)
    told = showing_from_record(parse(request.get_data()))
    return _answered(updating_of(views.own()).ask(act, told.showing, told.reason, views.caller()))


def _answered(told: Shown) -> Response:
    body = showing_to_record(told.showing) | {
        "hidden_by_others": sorted(told.of_others.codes),
        "changes": [_change(one) for one in told.changes],
    }
    return Response(orjson.dumps(body), content_type="application/json; charset=utf-8")


def _change(task: dict[str, Any]) -> dict[str, Any]:
    return {
        "change": change_of(task),
        "asked_at": task["authoredOn"],
        "asked_by": task["requester"]["identifier"]["value"],
        "reason": reason_asked(task),
        "status": task["status"],
        "status_reason": task.get("statusReason", {}).get("text"),
        "task": f"Task/{task['id']}",
    }
