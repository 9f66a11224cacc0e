"""``python -m bench.face``: create, read, search and transaction beside other servers, as Markdown."""

import argparse
import os
import platform
import re
import statistics
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from bench.face import asked
from bench.face.data import dumped, procedure
from bench.face.filled import fill, logical_id
from bench.face.peers import ALL, PEERS, Absent, Peer
from bench.load import Requests
from bench.servers import BY_FHIR, running
from bench.trees import Tree, started
from bench.windows import Broken, Window, measured
from service.processes import free_ports

OURS = "Binôme"
_NAMED = re.compile(r"/Procedure/([A-Za-z0-9\-.]{1,64})")
_WORKS = ("create", "read", "search", "transaction")


@dataclass(frozen=True, slots=True)
class Up:
    """A server that is up, and the requests that it is sent."""

    tree: Tree
    port: int
    asked: dict[str, Requests]


def main() -> None:
    """Every server once a round, the order turned; the table at the end."""
    parser = argparse.ArgumentParser(prog="bench.face", description="the FHIR face beside other servers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--acts", type=int, default=10_000, help="acts on record before reading and searching")
    parser.add_argument("--peers", default="sekmet,fhirstarter,medplum,hfs", help="which, by name; empty for none")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    peers = _installed([name for name in options.peers.split(",") if name])
    names: list[str] = [OURS, *peers]
    seen: dict[tuple[str, str], list[Window]] = {}
    for turn in range(options.rounds):
        for name in names if turn % 2 == 0 else reversed(names):
            for work in _WORKS:
                one = _seen(name, peers.get(name), work, options.seconds, options.acts)
                if one is not None:
                    seen.setdefault((name, work), []).append(one)
                    print(
                        f"<!-- {work}, {name}: {one.rate:.0f}/s, p50 {one.p50:.2f}, p99 {one.p99:.1f} ms, "
                        f"CPU {one.cpu:.0f} µs, generator {one.own_cpu:.0f} µs, {one.loaded:.0f} MB -->",
                        flush=True,
                    )
    _table(names, seen)
    for name in peers:
        print(f"\n{name}: {peers[name].lacks}.")


def _installed(wanted: Sequence[str]) -> dict[str, Peer]:
    peers = {}
    for name in wanted:
        peer = ALL[name]
        try:
            peer.install(PEERS / name)
        except Absent as reason:
            print(f"{peer.name} is left out: {reason}.\n")
        else:
            peers[peer.name] = peer
    return peers


def _seen(name: str, peer: Peer | None, work: str, seconds: float, acts: int) -> Window | None:
    if peer is not None and work not in peer.works:
        return None
    loaded = acts if work in ("read", "search") else 0
    with tempfile.TemporaryDirectory(prefix="binome-face-") as folder:
        with _ours(Path(folder), loaded) if peer is None else _theirs(peer, Path(folder), loaded) as up:
            try:
                return measured(up.tree, up.port, up.asked[work], seconds)
            except Broken as broken:
                print(f"<!-- {work}, {name}: broken, {str(broken)[:200]!r} -->", flush=True)
                return None


@contextmanager
def _ours(folder: Path, acts: int) -> Iterator[Up]:
    if acts:
        fill(f"sqlite:///{folder / 'binome.sqlite'}", acts)
    with running(BY_FHIR, folder, fresh=False) as up:
        yield Up(up.tree, up.port, _asked("/fhir", [logical_id(number) for number in range(acts)], acts))


@contextmanager
def _theirs(peer: Peer, folder: Path, acts: int) -> Iterator[Up]:
    (port,) = free_ports(1)
    key = next(key for key, one in ALL.items() if one is peer)
    command = peer.command(peer.install(PEERS / key).absolute(), port, folder)
    with started(command, peer.environment(port, folder), f"http://127.0.0.1:{port}{peer.ready}") as (tree, _):
        ids = _load(port, peer.base, acts)
        yield Up(tree, port, _asked(peer.base, ids, acts))


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
        return list(pool.map(post, range(acts)))


def _table(names: Sequence[str], seen: dict[tuple[str, str], list[Window]]) -> None:
    for work in _WORKS:
        print(f"\n### {work}\n\n| server | a second | p50 ms | p99 ms | CPU µs | MB | ours ÷ it, rate | CPU |")
        print("|---|---|---|---|---|---|---|---|")
        ours = seen.get((OURS, work))
        for name in names:
            windows = seen.get((name, work))
            if not windows:
                continue
            rate, cpu = _median(windows, "rate"), _median(windows, "cpu")
            ratios = (
                ("1", "1")
                if ours is None
                else (f"{_median(ours, 'rate') / rate:.1f}", f"{cpu / _median(ours, 'cpu'):.1f}")
            )
            print(
                f"| {name} | {rate:.0f} [{min(w.rate for w in windows):.0f}–{max(w.rate for w in windows):.0f}] "
                f"| {_median(windows, 'p50'):.2f} | {_median(windows, 'p99'):.1f} | {cpu:.0f} "
                f"| {_median(windows, 'loaded'):.0f} | {ratios[0]} | {ratios[1]} |"
            )


def _median(windows: Sequence[Window], name: str) -> float:
    return statistics.median(getattr(one, name) for one in windows)


if __name__ == "__main__":
    main()
