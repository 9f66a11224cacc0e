"""Faults that tests and integrators order: what, where, how many times, for whom.

What a fault does is written where it happens (``xds``, ``mail``, ``directory``); here is only the order book.
"""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mappings.issues import Issue, Refused

_REGISTRY: Final = ("ITI-41", "ITI-18", "ITI-43", "ITI-57")
_TRANSACTIONS: Final = (*_REGISTRY, "TD0.2")
_PDSM: Final = ("ITI-65", "ITI-105", "ITI-67", "ITI-66", "ITI-68", "PATCH")
_FED: Final = ("ITI-65", "ITI-105")
_STAGES: Final = ("rcpt", "data", "mail")
_SEARCH: Final = ("search",)
_NOTIFICATION: Final = ("notification",)
_DOSSIERS: Final = ("dossiers",)

#: destination → kind → where it may strike, the default first.
KINDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "xds": {
        # RegistryResponse Failure, nothing stored: XDSRepositoryBusy, XDSRegistryBusy, XDSUnknownPatientId.
        "busy": _REGISTRY,
        "registry-busy": _REGISTRY,
        "unknown-patient": _REGISTRY,
        # SOAP fault, nothing stored; then the same after storing.
        "fault": _TRANSACTIONS,
        "store-then-fault": ("ITI-41", "ITI-57"),
        # The patient's record: closed, or never opened.
        "closed": ("TD0.2",),
        "absent": ("TD0.2",),
        # The TCP connection closes without an answer: before anything is done, or after all is done.
        "cut-before": _TRANSACTIONS,
        "cut": _TRANSACTIONS,
        # Stored, and a duplicate is not noticed.
        "accept-twice": ("ITI-41",),
        # Stored, and the answer says PartialSuccess.
        "partial": ("ITI-41",),
        # Answers of something that is not the destination: HTTP error, HTML page with 200, nothing with 200.
        "4xx": _TRANSACTIONS,
        "5xx": _TRANSACTIONS,
        "html": _TRANSACTIONS,
        "empty": _TRANSACTIONS,
        # Done; the answer is called plain text, is compressed (a few bytes for gigabytes), tells of another document.
        "wrong-type": _TRANSACTIONS,
        "gzip": _TRANSACTIONS,
        "other-document": ("ITI-43",),
        # Done, and the answer is spoiled: cut in the middle, to another message, one byte every ``seconds``.
        "truncated": _TRANSACTIONS,
        "other-answer": _TRANSACTIONS,
        "drip": _TRANSACTIONS,
        # Nothing for ``seconds``, then the normal course.
        "slow": _TRANSACTIONS,
    },
    "pdsm": {
        # OperationOutcome, nothing stored: throttled (429), patient not found (422), exception (500); then after storing.
        "busy": _PDSM,
        "unknown-patient": (*_PDSM, "TD0.2"),
        "fault": _PDSM,
        "store-then-fault": (*_FED, "PATCH"),
        "cut-before": _PDSM,
        "cut": _PDSM,
        # Stored, and a duplicate is not noticed; stored, and one entry of the answer says that it was not.
        "accept-twice": _FED,
        "partial": ("ITI-65",),
        "4xx": _PDSM,
        "5xx": _PDSM,
        "html": _PDSM,
        "empty": _PDSM,
        "truncated": _PDSM,
        # The other documents of the patient instead of the one asked for; bytes that are not those stored.
        "other-answer": ("ITI-67", "ITI-66"),
        "altered": ("ITI-68",),
        "drip": _PDSM,
        "slow": _PDSM,
    },
    "mail": {
        "4xx": _STAGES,
        "5xx": _STAGES,
        # Closed after the final dot, before the 250: the message is kept.
        "cut": ("data",),
        # Closed instead of an answer: nothing is kept.
        "cut-before": ("data", "rcpt", "mail"),
        # 250, then a DSN (RFC 3464) reaches the sender; or 250, then nothing ever.
        "bounce": ("data",),
        "lose": ("data",),
        "slow": ("data", "rcpt", "mail"),
    },
    "directory": {kind: _SEARCH for kind in ("4xx", "5xx", "cut", "html", "empty", "truncated", "drip", "slow")},
    # Closed before anything is kept, or after; sent elsewhere; answered with an error, kept all the same.
    "subscriber": {kind: _NOTIFICATION for kind in ("4xx", "5xx", "cut-before", "cut", "redirect", "slow")},
    # Besides what a network does: 429 in plain text, errors in an answer 200, without data or beside it, wrong types.
    "portal": {
        kind: _DOSSIERS
        for kind in (
            *("4xx", "5xx", "cut", "html", "empty", "truncated", "drip", "slow"),
            *("limited", "errors", "partial", "wrong-types"),
        )
    },
}
_DEFAULT_CODES: Final = {
    ("xds", "4xx"): 401,
    ("xds", "5xx"): 503,
    ("pdsm", "4xx"): 401,
    ("pdsm", "5xx"): 503,
    ("mail", "4xx"): 451,
    ("mail", "5xx"): 554,
    ("directory", "4xx"): 429,
    ("directory", "5xx"): 503,
    ("portal", "4xx"): 401,
    ("portal", "5xx"): 502,
    ("subscriber", "4xx"): 410,
    ("subscriber", "5xx"): 503,
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One order."""

    destination: str
    kind: str
    #: Transaction, SMTP stage, ``search``, ``notification`` or ``dossiers``.
    at: str
    #: Times still to come.
    times: int
    #: uniqueId, mailbox, subscriber or cursor it is meant for; empty = the next one, whoever it is.
    match: str = ""
    #: HTTP status or SMTP reply of ``4xx`` and ``5xx``.
    code: int = 0
    #: Delay of ``slow``, rhythm of ``drip``, Retry-After of ``limited``.
    seconds: float = 2.0
    #: Times it has struck.
    struck: int = 0


@dataclass(slots=True)
class Faults:
    """The order book. Each fault is consumed as many times as ordered, oldest order first."""

    _orders: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._orders.append(fault)

    def take(self, destination: str, at: str, subjects: Collection[str] = ()) -> Fault | None:
        """The fault that strikes now, if any; it has then struck once more."""
        with self._lock:
            for fault in self._orders:
                here = (fault.destination, fault.at) == (destination, at)
                if here and fault.times and (not fault.match or fault.match in subjects):
                    fault.times -= 1
                    fault.struck += 1
                    return fault
        return None

    def orders(self) -> list[Fault]:
        with self._lock:
            return list(self._orders)

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()


def fault_from_json(body: Any) -> Fault:
    """An order as posted; refuses what no destination knows."""
    if not isinstance(body, dict):
        raise Refused(Issue("structure", "", "Un objet JSON est attendu."))
    kinds = KINDS.get(str(body.get("destination")), {})
    places = kinds.get(str(body.get("kind")), ())
    at = body.get("at", places[0] if places else "")
    code = body.get("code", _DEFAULT_CODES.get((str(body.get("destination")), str(body.get("kind"))), 0))
    times, match, seconds = body.get("times", 1), body.get("match", ""), body.get("seconds", 2.0)
    issues = []
    if not places:
        issues.append(Issue("value", "kind", "Cette destination ne connaît pas cette sorte de panne."))
    elif at not in places:
        issues.append(Issue("value", "at", f"Cette panne frappe à l’un de ces endroits : {', '.join(places)}."))
    if not _is_integer(times) or not 1 <= times <= 1_000_000:
        issues.append(Issue("value", "times", "Le nombre de fois est un entier de 1 à 1 000 000."))
    if not isinstance(match, str):
        issues.append(Issue("value", "match", "La cible est un identifiant de document ou une adresse."))
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 60:
        issues.append(Issue("value", "seconds", "Le délai est un nombre de secondes, de 0 à 60."))
    if str(body.get("kind")) in {"4xx", "5xx"} and (not _is_integer(code) or code // 100 != int(body["kind"][0])):
        issues.append(Issue("value", "code", "Le code n’est pas de la famille demandée."))
    if unknown := sorted(set(body) - {"destination", "kind", "at", "times", "match", "code", "seconds"}):
        issues.append(Issue("structure", unknown[0], "Élément inconnu."))
    if issues:
        raise Refused(issues)
    return Fault(
        destination=body["destination"],
        kind=body["kind"],
        at=at,
        times=times,
        match=match.lower() if body["destination"] == "mail" else match,
        code=code,
        seconds=float(seconds),
    )


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
