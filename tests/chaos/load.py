"""Clients that post acts, each under its own Idempotency-Key, tell some to be in error, and note what they saw.

A request whose connection broke is neither done nor not done. By temper, its client asks again at once, at the
end, or never.
"""

import http.client
import random
import threading
import time
from collections.abc import Iterator
from typing import Final, Literal

from tests.chaos.acts import Request, procedure_named
from tests.chaos.ledgers import Sent

Temper = Literal["insistent", "patient", "silent"]

#: Longest wait for one answer, seconds.
_ANSWER: Final = 10.0
#: « Ask again »: too much waits for the writer, the store could not say, or the process is ending.
_AGAIN: Final = frozenset({429, 502, 503, 504})
#: How many of the acknowledged acts are told to be in error, and how long after at most, seconds.
_ERRORS: Final = 0.2
_AFTER: Final = 1.0
_IN_ERROR: Final = b'[{"op": "replace", "path": "/status", "value": "entered-in-error"}]'


class Cut(Exception):
    """The connection broke before an answer: done or not, nobody knows."""


class Clients:
    """Several threads over one deck of acts, so many acts a second; some acts are dealt to two threads at once."""

    def __init__(self, port: int, deck: Iterator[Request], seed: int, *, threads: int, rate: float) -> None:
        self._port = port
        self._deck = deck
        self._draw = random.Random(f"{seed} load")
        self._rate = rate
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._twins: list[Request] = []
        self._sent: dict[str, Sent] = {}
        self._requests: dict[str, Request] = {}
        self._tempers: dict[str, Temper] = {}
        self._threads = [threading.Thread(target=self._run, name=f"client-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait(self, acts: int, until: float) -> None:
        """Until so many acts are acknowledged."""
        while sum(one.acknowledged for one in self.sent()) < acts and time.monotonic() < until:
            time.sleep(0.1)

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(3 * _ANSWER)

    def sent(self) -> tuple[Sent, ...]:
        with self._lock:
            return tuple(self._sent.values())

    def settle(self, until: float) -> None:
        """Ask again for whatever was never answered, the silent ones' acts apart."""
        for identifier, sent in self._sent.items():
            while not sent.acknowledged and self._tempers[identifier] != "silent" and time.monotonic() < until:
                if not self._post(self._requests[identifier], sent):
                    time.sleep(0.05)
            while sent.retracting and not sent.retracted and not sent.refusals and time.monotonic() < until:
                if not self._retract(sent):
                    time.sleep(0.05)

    def repeat(self, until: float) -> int:
        """Every acknowledged act once more, as a client that lost its notes; how many were repeated."""
        repeated = 0
        for identifier, sent in self._sent.items():
            if sent.acknowledged and time.monotonic() < until:
                self._post(self._requests[identifier], sent)
                repeated += 1
        return repeated

    def _retract_some(self, sent: Sent) -> None:
        """Perhaps, and then soon or late: its report waits, is on its way or has arrived."""
        with self._lock:
            chosen, delay = self._draw.random() < _ERRORS, self._draw.random() ** 3 * _AFTER
            if not chosen or sent.retracting or not sent.procedures:
                return
            sent.retracting = True
        self._over.wait(delay)
        while not self._retract(sent) and not self._over.is_set():
            time.sleep(0.02)

    def _retract(self, sent: Sent) -> bool:
        """One request; True when it was answered for good."""
        procedure = min(sent.procedures)
        try:
            answer = self._request("PATCH", f"/fhir/{procedure}", "application/json-patch+json", _IN_ERROR, "")
        except Cut:
            return False
        if answer is None or answer[0] in _AGAIN:
            return False
        with self._lock:
            if answer[0] == 200:
                sent.retracted = True
            else:
                sent.refusals.append(answer[0])
        return True

    def _run(self) -> None:
        while not self._over.is_set():
            begun = time.monotonic()
            request, sent = self._next()
            temper = self._tempers[request.identifier]
            # A refused connection is no answer and no request: whoever calls goes on calling.
            while not self._post(request, sent) and not self._over.is_set():
                if sent.broken and temper != "insistent":
                    break
                time.sleep(0.02)
            self._retract_some(sent)
            pace = len(self._threads) / self._rate
            self._over.wait(max(0.0, pace - (time.monotonic() - begun)))

    def _next(self) -> tuple[Request, Sent]:
        with self._lock:
            if self._twins:
                request = self._twins.pop()
                return request, self._sent[request.identifier]
            request = next(self._deck)
            sent = Sent(identifier=request.identifier, destinations=request.destinations)
            self._sent[request.identifier] = sent
            self._requests[request.identifier] = request
            tempers: tuple[Temper, ...] = ("insistent", "patient", "patient", "silent")
            self._tempers[request.identifier] = self._draw.choice(tempers)
            if self._draw.random() < 0.1:
                self._twins.append(request)
            return request, sent

    def _post(self, request: Request, sent: Sent) -> bool:
        """One request; True when it was answered for good."""
        key = f"key of {request.identifier}"
        try:
            answer = self._request("POST", request.path, request.content_type, request.body, key)
        except Cut:
            with self._lock:
                sent.broken += 1
            return False
        if answer is None:
            return False
        status, body = answer
        if status in _AGAIN:
            with self._lock:
                sent.broken += 1
            return False
        with self._lock:
            if status in (200, 201):
                sent.answers.add(body)
                sent.procedures.add(procedure_named(body))
            else:
                sent.refusals.append(status)
        return True

    def _request(self, method: str, path: str, content_type: str, body: bytes, key: str) -> tuple[int, bytes] | None:
        """Status and body; None when nobody took the call. ``Cut`` when it was taken and not answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_ANSWER)
        headers = {"Content-Type": content_type} | ({"Idempotency-Key": key} if key else {})
        try:
            connection.connect()
        except OSError:
            return None
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            raise Cut from None
        finally:
            connection.close()
