"""Requests by number, as bytes: what is sent is made before it is sent, and costs the generator nothing to speak of."""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from bench.face.data import day_of, dumped, owner_of, patient, procedure, transaction

_ACCEPT = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Whole requests, sent one after the other and again from the first."""

    requests: Sequence[bytes]

    def request(self, number: int) -> bytes:
        return self.requests[number % len(self.requests)]


@dataclass(frozen=True, slots=True)
class Numbered:
    """One request in pieces around the number of what it creates."""

    pieces: tuple[bytes, ...]

    def request(self, number: int) -> bytes:
        return f"{number:09d}".encode().join(self.pieces)


def creates(base: str) -> Numbered:
    """``POST base/Patient``, each of another identifier."""
    return Numbered(tuple(posted(f"{base}/Patient", dumped(patient(987_654_321))).split(b"987654321")))


def acts(base: str) -> Prepared:
    """``POST base/Procedure``, plain: each of another identifier, until they come again after twenty thousand."""
    return Prepared([posted(f"{base}/Procedure", dumped(procedure(number))) for number in range(20_000)])


def transactions(base: str, size: int = 10) -> Prepared:
    """``POST base``: ``size`` patients a request. Identifiers come again only after a thousand requests."""
    return Prepared([posted(base or "/", dumped(transaction(number, size))) for number in range(1_000)])


def reads(base: str, ids: Sequence[str]) -> Prepared:
    """``GET base/Procedure/id``, the ids in any order."""
    shuffled = random.Random(1).sample(list(ids), min(len(ids), 5_000))
    return Prepared([_get(f"{base}/Procedure/{id_}") for id_ in shuffled])


def searches(base: str, acts: int) -> Prepared:
    """Acts of one patient in five days around one of them, twenty at most; no search soon asked again."""
    chosen = random.Random(2).sample(range(acts), min(acts, 20_000))
    return Prepared([_get(f"{base}/Procedure?{window(number)}&_count=20") for number in chosen])


def unselective(base: str, acts: int) -> Prepared:
    """Acts of one code in five days, the first twenty of many."""
    chosen = random.Random(3).sample(range(acts), min(acts, 500))
    return Prepared([_get(f"{base}/Procedure?code=acte-{n % 7}&{_days(day_of(n))}&_count=20") for n in chosen])


def window(number: int) -> str:
    """The search for act ``number``: its patient, five days around its own."""
    return f"subject={quote('Patient/' + owner_of(number), safe='/')}&{_days(day_of(number))}"


def _days(day: dt.date) -> str:
    return f"date=ge{day - dt.timedelta(days=2)}&date=lt{day + dt.timedelta(days=3)}"


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {_ACCEPT}\r\n\r\n".encode()


def posted(path: str, body: bytes) -> bytes:
    """``POST path`` of a FHIR body."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {_ACCEPT}\r\nAccept: {_ACCEPT}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
