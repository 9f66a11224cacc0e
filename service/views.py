"""What a Flask view needs of the process and of the request, in the rooms that Flask serves."""

from typing import cast

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.exceptions import HTTPException, NotAcceptable
from werkzeug.routing import BaseConverter

from service.access import Caller
from service.api import errors, identity, media
from service.api.addresses import LOGICAL_ID
from service.api.exchange import LARGEST_BODY
from service.api.guard import GUARD
from service.composition import Composition
from service.intake import Intake
from service.scoping import scoped
from service.store import Unconfirmed


class LogicalId(BaseConverter):
    """A resource's logical id."""

    regex = LOGICAL_ID.pattern


def furnish(app: Flask, of: Composition) -> None:
    """Every request of ``app`` is identified first, every refusal told as an OperationOutcome, every answer guarded."""
    app.config["COMPOSITION"] = of
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    # An address means one thing or nothing: no redirect ever repeats it, with what its query says.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.converters["logical_id"] = LogicalId
    app.before_request(identify)
    app.after_request(_guarded)
    app.after_request(_durable)
    app.register_error_handler(Exception, refused)


def composition() -> Composition:
    return cast(Composition, current_app.config["COMPOSITION"])


def own() -> Composition:
    """The same as the caller may see it: who calls for one structure sees its own and what patients share."""
    of = composition()
    return scoped(of, caller().structure) if caller().structure else of


def is_foreign(finess: str) -> bool:
    """Whether the caller calls for one structure, and it is not this one."""
    return caller().structure not in ("", finess)


def intake() -> Intake:
    """What the caller submits to: of one structure, what is another's is refused."""
    return own().intake


def identify() -> None:
    """Before every request: who calls."""
    if not request.host:
        abort(400)  # no host name, or one that could not stand in an address of ours
    g.caller = identity.caller_of(request.headers.get("Authorization", ""), composition().issuer)


def caller() -> Caller:
    return cast(Caller, g.caller)


def idempotency_key() -> str:
    return identity.idempotency_key(request.headers.get("Idempotency-Key", ""))


def fingerprint() -> bytes:
    return identity.fingerprint(request.method, request.path, request.get_data())


def refused(error: Exception) -> Response:
    """An OperationOutcome, in JSON unless the caller wants XML."""
    if isinstance(error, HTTPException) and (error.code or 500) < 400:
        return cast(Response, error.get_response())  # redirects pass as they are
    refusal = errors.refusal_of(error, request.method, composition().ids)
    try:
        xml = media.xml_wanted(request.args.get("_format", ""), request.headers.get("Accept", ""))
    except NotAcceptable:
        xml = False
    reply = media.printed(refusal.outcome, refusal.status, xml=xml, headers=refusal.headers)
    return Response(reply.body, reply.status, reply.headers)


def _durable(response: Response) -> Response:
    """Nothing is told that a power loss could take back."""
    try:
        composition().store.make_durable()
    except Unconfirmed as failure:
        return current_app.make_response(current_app.handle_user_exception(failure))
    return response


def _guarded(response: Response) -> Response:
    for name, value in GUARD.items():
        response.headers.setdefault(name, value)
    return response
