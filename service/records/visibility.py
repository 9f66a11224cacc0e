"""``/records/acts/{act}/visibility``: how the report of an act shows in the shared record, read and asked for."""

from typing import Any

import orjson
from flask import Blueprint, Response, abort, request

from mappings.fhir.bundle import seen_versions
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
    """Asked twice is asked once: what is told is the whole of what is wanted, by who says what they had seen, if they do."""
    if request.mimetype != "application/json":
        abort(415)
    seen = seen_versions(request.headers.get("If-Match", ""), "If-Match")
    told = showing_from_record(parse(request.get_data()))
    updating, caller = updating_of(views.own()), views.caller()
    # The first version is of no change.
    changes = None if seen is None or seen.any else {version - 1 for version in seen.versions}
    return _answered(updating.ask(act, told.showing, told.reason, caller, changes))


def _answered(told: Shown) -> Response:
    body = showing_to_record(told.showing) | {
        "hidden_by_others": sorted(told.of_others.codes),
        "changes": [_change(one) for one in told.changes],
    }
    answer = Response(orjson.dumps(body), content_type="application/json; charset=utf-8")
    # The first is of a report that nobody has asked about.
    answer.headers["ETag"] = f'W/"{len(told.changes) + 1}"'
    return answer


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
