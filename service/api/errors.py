"""Every 4xx and 5xx is an OperationOutcome. The one table from issue code to HTTP status."""

import logging
from typing import Final

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from mappings.fhir.operation_outcome import operation_outcome
from mappings.issues import Issue, IssueCode, Refused
from service.api.media import refusal as told
from service.store import Closed, Unconfirmed

log = logging.getLogger(__name__)

STATUS: Final[dict[IssueCode, int]] = {
    "structure": 400,
    "required": 422,
    "value": 422,
    "code-invalid": 422,
    "invariant": 422,
    "not-supported": 400,
    "too-long": 413,
    "too-costly": 413,
    "business-rule": 422,
    "duplicate": 409,
    "multiple-matches": 412,
    "not-found": 404,
    "deleted": 410,
    "conflict": 412,
    "login": 401,
    "forbidden": 403,
    "transient": 503,
    "exception": 500,
    "informational": 200,  # said, never refused
}
#: When faults of several kinds meet, the first of these decides.
_GRAVEST: Final = (401, 403, 413, 400, 404, 410, 409, 412, 422, 503, 500)
_HTTP_CODES: Final[dict[int, IssueCode]] = {
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    413: "too-long",
    415: "not-supported",
}
_HTTP_TEXTS: Final[dict[int, str]] = {
    404: "Cette adresse ne mène à rien.",
    405: "Cette méthode n’est pas admise à cette adresse.",
    406: "Le format demandé n’est pas proposé : application/fhir+json ou application/fhir+xml.",
    413: "Le corps de la requête est trop grand.",
    415: "Le format envoyé n’est pas admis : application/fhir+json ou application/fhir+xml sous /fhir, application/json "
    "ou message/rfc822 sous /records, un formulaire pour _search.",
}


def register(app: Flask) -> None:
    """All errors of ``app`` speak OperationOutcome."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Unconfirmed, _unconfirmed)
    app.register_error_handler(Closed, _unconfirmed)
    app.register_error_handler(Exception, _defect)


def status_of(refusal: Refused) -> int:
    statuses = {STATUS[issue.code] for issue in refusal.issues}
    return next((status for status in _GRAVEST if status in statuses), 422)


def refused(refusal: Refused) -> Response:
    response = told(operation_outcome(refusal.issues), status_of(refusal))
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400 and error.response is not None:
        return error.get_response()  # type: ignore[return-value]  # redirects pass as they are
    text = _HTTP_TEXTS.get(status, "La requête ne peut pas être traitée.")
    response = told(operation_outcome([Issue(_HTTP_CODES.get(status, "structure"), "", text)]), status)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _unconfirmed(_: Exception) -> Response:
    if request.method in ("GET", "HEAD"):
        text = "La base de données ne répond pas pour l’instant : présentez de nouveau la demande."
    else:
        text = "L’enregistrement n’a pas pu être confirmé : présentez de nouveau la même demande avec la même clé."
    response = told(operation_outcome([Issue("transient", "", text)]), 503)
    response.headers["Retry-After"] = "2"
    return response


def _defect(error: Exception) -> Response:
    text = f"Une erreur interne est survenue. Numéro d’incident : {incident(error)}."
    return told(operation_outcome([Issue("exception", "", text)]), 500)


def incident(error: Exception) -> str:
    """Our fault: an incident number for the caller, the place in our code (never the data) for us."""
    number: str = current_app.config["COMPOSITION"].ids()
    trace = error.__traceback__
    places = []
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    log.error("incident %s %s at %s", number, type(error).__name__, " > ".join(places[-6:]))
    return number
