"""A subscriber's endpoint: takes notifications under any name, keeps what came in the order in which it came.

It judges nothing and answers 200; what else it may do is ordered (``faults``).
"""

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from flask import Blueprint, Response, request

from service.clock import Clock
from service.sandbox import interference
from service.sandbox.faults import Faults

PATH: Final = "/subscriber"
#: Notifications kept for one name.
_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request, as it came."""

    method: str
    #: What follows the endpoint: empty, or ``/Type/id``.
    below: str
    headers: dict[str, str]
    body: bytes
    received_at: str
    #: Status it was answered, 0 when the connection was closed instead.
    answered: int


@dataclass(slots=True)
class Subscribers:
    """What each name received."""

    _received: dict[str, list[Received]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, name: str, one: Received) -> None:
        with self._lock:
            self._received[name].append(one)
            del self._received[name][:-_KEPT]

    def of(self, name: str) -> list[Received]:
        with self._lock:
            return list(self._received.get(name, ()))


def subscriber_blueprint(subscribers: Subscribers, faults: Faults, clock: Clock) -> Blueprint:
    blueprint = Blueprint("subscriber", __name__, url_prefix=PATH)

    @blueprint.post("/<name>")
    @blueprint.put("/<name>/<type_>/<id_>")
    def notify(name: str, type_: str = "", id_: str = "") -> Response:
        fault = faults.take("subscriber", "notification", [name])
        kind = fault.kind if fault else ""
        if fault is not None and kind == "slow":
            interference.wait(fault)
        cut = kind in ("cut", "cut-before")
        if fault is not None and kind in ("4xx", "5xx"):
            response = interference.gateway_answer(fault)
        elif kind == "redirect":
            response = Response(status=307, headers={"Location": f"{PATH}/elsewhere"})
        else:
            response = Response(status=200)
        if kind != "cut-before":
            subscribers.keep(
                name,
                Received(
                    method=request.method,
                    below=f"/{type_}/{id_}" if type_ else "",
                    headers=dict(request.headers.items()),
                    body=request.get_data(),
                    received_at=clock().isoformat(),
                    answered=0 if cut else response.status_code,
                ),
            )
        return interference.cut_connection() if cut else response

    @blueprint.get("/<name>")
    def received(name: str) -> Response:
        return Response(orjson.dumps([_told(one) for one in subscribers.of(name)]), mimetype="application/json")

    return blueprint


def _told(one: Received) -> dict[str, Any]:
    """Without the headers: they may be secrets."""
    return {
        "method": one.method,
        "below": one.below,
        "received": one.received_at,
        "answered": one.answered,
        "body": one.body.decode(errors="replace"),
    }
