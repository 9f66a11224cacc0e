"""The portal's answer, read: a page of dossiers, or what is wrong. Pure.

Status before JSON: over its limit the portal answers in plain text. Errors may come as HTTP 200 with ``errors``; what
data comes beside them is not trusted.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from service.clients.exchange import Answer, NoAnswer
from service.outbox.retry import seconds_of


class Kind(StrEnum):
    """What is wrong, as whoever keeps the installation must know it."""

    #: Nobody there, cut, too slow, or a fault of the portal's own.
    UNAVAILABLE = "unavailable"
    #: Too many requests.
    LIMITED = "limited"
    #: The token is absent, wrong or expired, or does not open this procedure.
    FORBIDDEN = "forbidden"
    #: There is no such procedure for this token.
    ABSENT = "absent"
    #: The portal does not take our question.
    REFUSED = "refused"
    #: The answer cannot be understood.
    UNREADABLE = "unreadable"


#: Kinds that another attempt may mend.
PASSING: Final = frozenset({Kind.UNAVAILABLE, Kind.LIMITED, Kind.UNREADABLE})
_CODES: Final[Mapping[str, Kind]] = {
    "unauthorized": Kind.FORBIDDEN,
    "forbidden": Kind.FORBIDDEN,
    "not_found": Kind.ABSENT,
}
_STATUSES: Final[Mapping[int, Kind]] = {
    400: Kind.REFUSED,
    401: Kind.FORBIDDEN,
    403: Kind.FORBIDDEN,
    404: Kind.REFUSED,
    408: Kind.UNAVAILABLE,
    429: Kind.LIMITED,
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """No page."""

    kind: Kind
    #: Status, code of the exchange or of the portal.
    code: str
    #: Seconds that the portal asks us to wait; None when it says nothing.
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some dossiers, as they came, and where the next ones begin; an empty cursor ends."""

    nodes: tuple[Any, ...]
    after: str


def read(answer: Answer | NoAnswer, number: int, now: dt.datetime) -> Page | Trouble:
    if not isinstance(answer, Answer):
        return Trouble(Kind.UNREADABLE if answer.code == "encoding" else Kind.UNAVAILABLE, answer.code)
    if answer.status != 200:
        kind = _STATUSES.get(answer.status, Kind.UNAVAILABLE if answer.status >= 500 else Kind.REFUSED)
        return Trouble(kind, str(answer.status), seconds_of(answer.retry_after, now))
    try:
        told = json.loads(answer.body.decode())
    except (ValueError, RecursionError):
        return Trouble(Kind.UNREADABLE, "json")
    if not isinstance(told, dict):
        return Trouble(Kind.UNREADABLE, "json")
    if told.get("errors"):
        return _error(told["errors"])
    return _page(told.get("data"), number)


def _error(errors: Any) -> Trouble:
    """The first error that says why; the portal's words may repeat what was asked, and are not kept."""
    for one in errors if isinstance(errors, list) else ():
        extensions = one.get("extensions") if isinstance(one, dict) else None
        code = extensions.get("code") if isinstance(extensions, dict) else None
        if isinstance(code, str) and code in _CODES:
            return Trouble(_CODES[code], code)
    return Trouble(Kind.REFUSED, "errors")


def _page(data: Any, number: int) -> Page | Trouble:
    procedure = data.get("demarche") if isinstance(data, dict) else None
    if isinstance(data, dict) and procedure is None and "demarche" in data:
        return Trouble(Kind.ABSENT, "demarche")
    dossiers = procedure.get("dossiers") if isinstance(procedure, dict) else None
    nodes = dossiers.get("nodes") if isinstance(dossiers, dict) else None
    info = dossiers.get("pageInfo") if isinstance(dossiers, dict) else None
    asked = isinstance(procedure, dict) and procedure.get("number") == number
    if not asked or not isinstance(nodes, list) or not isinstance(info, dict):
        return Trouble(Kind.UNREADABLE, "shape")
    more, cursor = info.get("hasNextPage"), info.get("endCursor")
    if not isinstance(more, bool) or (more and not (isinstance(cursor, str) and cursor)):
        return Trouble(Kind.UNREADABLE, "page-info")
    return Page(tuple(nodes), str(cursor) if more else "")
