"""Every 4xx and 5xx is an OperationOutcome. The one table from issue code to HTTP status."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from werkzeug.exceptions import HTTPException, MethodNotAllowed

from mappings.fhir.operation_outcome import operation_outcome
from mappings.issues import PARAMETER, Issue, IssueCode, Refused
from service.clock import Identifiers
from service.store import Closed, Overloaded, Unconfirmed

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
    "processing": 409,
    "login": 401,
    "forbidden": 403,
    "throttled": 429,
    "transient": 503,
    "exception": 500,
    "informational": 200,  # said, never refused
}
#: When faults of several kinds meet, the first of these decides.
_GRAVEST: Final = (401, 403, 413, 400, 404, 410, 409, 412, 422, 429, 503, 500)
#: When to ask again, seconds.
_AGAIN: Final = "2"
#: Headers that go with a refusal.
_HEADERS: Final[dict[int, dict[str, str]]] = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": _AGAIN}}
_OVERLOADED: Final = Issue(
    "throttled",
    "",
    "Trop d’enregistrements attendent pour l’instant : rien n’est retenu de celui-ci, présentez de nouveau la même demande.",
    "RFC 6585, section 4",
)
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
    406: "Le format demandé n’est pas proposé : application/fhir+json ou application/fhir+xml, de FHIR 4.0.",
    413: "Le corps de la requête est trop grand.",
    415: "Le format envoyé n’est pas admis : application/fhir+json ou application/fhir+xml (FHIR 4.0) sous /fhir, application/json "
    "ou message/rfc822 sous /records, un formulaire pour _search, application/json-patch+json pour PATCH ; compressé, "
    "le corps l’est par gzip.",
}


class NotDoneHere(MethodNotAllowed):
    """A method that is FHIR's, but not done to this resource: the sentence says what is done instead."""

    def __init__(self, allowed: Iterable[str], sentence: str) -> None:
        super().__init__(allowed)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is answered instead: the status, the OperationOutcome, headers that go with the status."""

    status: int
    outcome: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def refusal_of(error: Exception, method: str, ids: Identifiers) -> Refusal:
    """What a caller is told of ``error``; whatever is not foreseen is a defect of ours, with an incident number."""
    if isinstance(error, Refused):
        status = status_of(error)
        return Refusal(status, operation_outcome(error.issues), _HEADERS.get(status, {}))
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, Overloaded):
        return Refusal(429, operation_outcome([_OVERLOADED]), _HEADERS[429])
    if isinstance(error, Unconfirmed | Closed):
        return _unconfirmed(method)
    text = f"Une erreur interne est survenue. Numéro d’incident : {incident(error, ids)}."
    return Refusal(500, operation_outcome([Issue("exception", "", text)]))


def status_of(refusal: Refused) -> int:
    statuses = {_status(issue) for issue in refusal.issues}
    return next((status for status in _GRAVEST if status in statuses), 422)


def _status(issue: Issue) -> int:
    """A fault of the address is one of the request (R4, http.html#search: 400), whatever it is a fault of."""
    status = STATUS[issue.code]
    return 400 if status == 422 and issue.expression.startswith(PARAMETER) else status


def incident(error: Exception, ids: Identifiers) -> str:
    """Our fault: an incident number for the caller, the place in our code (never the data) for us."""
    number = ids()
    trace = error.__traceback__
    places = []
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    log.error("incident %s %s at %s", number, type(error).__name__, " > ".join(places[-6:]))
    return number


def _of_http(error: HTTPException) -> Refusal:
    status = error.code or 500
    text = _HTTP_TEXTS.get(status, "La requête ne peut pas être traitée.")
    headers = {}
    if isinstance(error, NotDoneHere):
        text = error.sentence
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return Refusal(status, operation_outcome([Issue(_HTTP_CODES.get(status, "structure"), "", text)]), headers)


def _unconfirmed(method: str) -> Refusal:
    if method in ("GET", "HEAD"):
        text = "La base de données ne répond pas pour l’instant : présentez de nouveau la demande."
    else:
        text = "L’enregistrement n’a pas pu être confirmé : présentez de nouveau la même demande avec la même clé."
    return Refusal(503, operation_outcome([Issue("transient", "", text)]), {"Retry-After": _AGAIN})
