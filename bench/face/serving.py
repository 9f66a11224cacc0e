"""The service and its peers as servers that are up, with acts on record and the requests that each is sent."""

import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from bench.face import asked, delegated
from bench.face.data import PER_PATIENT, dumped, procedure
from bench.face.filled import fill, logical_id
from bench.face.installing import PEERS
from bench.face.peers import Peer
from bench.load import Requests
from bench.servers import BY_FHIR, running
from bench.trees import Tree, started
from bench.windows import Broken
from service.processes import free_ports

_NAMED = re.compile(r"/Procedure/([A-Za-z0-9\-.]{1,64})")


@dataclass(frozen=True, slots=True)
class Up:
    """A server that is up, and the requests that it is sent."""

    tree: Tree
    port: int
    base: str
    asked: dict[str, Requests]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base}"


@contextmanager
def serving(peer: Peer | None, folder: Path, acts: int = 0, awaited: int = 0) -> Iterator[Up]:
    """``peer``, or the service, over what ``folder`` holds and ``acts`` more, or with the exams of ``awaited`` acts to come."""
    with _ours(folder, acts, awaited) if peer is None else _theirs(peer, folder, acts) as up:
        yield up


@contextmanager
def _ours(folder: Path, acts: int, awaited: int) -> Iterator[Up]:
    if acts:
        fill(f"sqlite:///{folder / 'binome.sqlite'}", acts)
    with running(BY_FHIR, folder, fresh=bool(awaited)) as up:
        ids = [logical_id(number) for number in range(acts)]
        asked_of_us = _asked("/fhir", ids, acts)
        if awaited:
            asked_of_us["act"] = delegated.creates(up.base, "/fhir", awaited)
        yield Up(up.tree, up.port, "/fhir", asked_of_us)


@contextmanager
def _theirs(peer: Peer, folder: Path, acts: int) -> Iterator[Up]:
    (port,) = free_ports(1)
    command = peer.command(peer.install(PEERS / peer.room).absolute(), port, folder)
    ready = f"http://127.0.0.1:{port}{peer.ready}"
    with started(command, peer.environment(port, folder), ready, peer.patience) as (tree, _):
        ids = _load(port, peer.base, acts)
        yield Up(tree, port, peer.base, _asked(peer.base, ids, acts) | {"act": asked.acts(peer.base)})


def _asked(base: str, ids: Sequence[str], acts: int) -> dict[str, Requests]:
    made: dict[str, Requests] = {"create": asked.creates(base), "transaction": asked.transactions(base)}
    if acts:
        made |= {"read": asked.reads(base, ids), "search": asked.searches(base, acts)}
    return made


def _load(port: int, base: str, acts: int) -> list[str]:
    """``acts`` posted one by one, eight at once; their ids."""
    sessions = threading.local()

    def post(number: int) -> str:
        if not hasattr(sessions, "own"):
            sessions.own = requests.Session()
        url, body = f"http://127.0.0.1:{port}{base}/Procedure", dumped(procedure(number))
        answer = sessions.own.post(url, data=body, headers={"Content-Type": "application/fhir+json"}, timeout=60)
        if answer.status_code != 201:
            raise Broken(answer.text[:600])
        named = _NAMED.search(answer.headers.get("Location", ""))
        return named[1] if named else str(answer.json()["id"])

    with ThreadPoolExecutor(8) as pool:
        # One act of each patient first: a server may make the patient of it, and not twice at once.
        first = list(pool.map(post, range(0, acts, PER_PATIENT)))
        return first + list(pool.map(post, (number for number in range(acts) if number % PER_PATIENT)))
