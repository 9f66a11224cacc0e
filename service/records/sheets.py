"""``/records/protocols/…/sheet``: the identity sheet of a protocol, on a day or of a version."""

import datetime as dt

import orjson
from flask import Blueprint, Response, abort, request

from mappings.domain.sheet import sheet_of
from mappings.domain.time import french_day
from mappings.domain.versions import version_shown, versions_of
from mappings.issues import Issue, Refused
from mappings.records.identity_sheet import sheet_to_record
from service import views
from service.life.halting import halts_on

sheets = Blueprint("sheets", __name__)


@sheets.get("/protocols/<logical_id:protocol>/sheet")
def sheet(protocol: str) -> Response:
    """Without a version, the one in force on the day, or the nearest before it: ``in_force`` tells which."""
    versions = versions_of(views.composition().catalogue.values(), protocol)
    if not versions:
        abort(404)
    day = _day()
    wanted = request.args.get("version", "")
    shown = next((one for one in versions if one.version == wanted), None) if wanted else version_shown(versions, day)
    if shown is None:
        abort(404)
    halts = halts_on(views.composition().store, [shown.url], day)[shown.url]
    body = orjson.dumps(sheet_to_record(sheet_of(versions, shown, day, halts)))
    return Response(body, content_type="application/json; charset=utf-8")


def _day() -> dt.date:
    said = request.args.get("on", "")
    try:
        return dt.date.fromisoformat(said) if said else french_day(views.composition().clock())
    except ValueError:
        raise Refused(Issue("value", "on", "« on » est une date, AAAA-MM-JJ.")) from None
