"""Clients that post acts, each under its own Idempotency-Key, and note what they saw.

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

    def repeat(self, until: float) -> int:
        """Every acknowledged act once more, as a client that lost its notes; how many were repeated."""
        repeated = 0
        for identifier, sent in self._sent.items():
            if sent.acknowledged and time.monotonic() < until:
                self._post(self._requests[identifier], sent)
                repeated += 1
        return repeated

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
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_ANSWER)
        headers = {"Content-Type": request.content_type, "Idempotency-Key": f"key of {request.identifier}"}
        try:
            connection.connect()
        except OSError:
            return False
        try:
            connection.request("POST", request.path, request.body, headers)
            response = connection.getresponse()
            status, body = response.status, response.read()
        except (OSError, http.client.HTTPException):
            with self._lock:
                sent.broken += 1
            return False
        finally:
            connection.close()
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
