"""``python -m bench.face``: create, act, read, search and transaction beside other servers, as Markdown.

``act`` is a Procedure created by itself: here a delegated act, whose exam is on record, judged and proved; a plain one elsewhere.
"""

import argparse
import os
import platform
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.face.installing import PEERS, Absent
from bench.face.kept import Kept, kept
from bench.face.peers import ALL, Peer
from bench.face.serving import serving
from bench.windows import Broken, Window, measured

OURS = "Binôme"
_WORKS = ("create", "act", "read", "search", "transaction")
#: Acts a second that no run reaches: so many exams are on record before.
_FASTEST_ACTS = 2_000


def main() -> None:
    """What each keeps, then every server once a round, the order turned; the table at the end."""
    parser = argparse.ArgumentParser(prog="bench.face", description="the FHIR face beside other servers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--acts", type=int, default=10_000, help="acts on record before reading and searching")
    parser.add_argument("--peers", default=",".join(ALL), help="which, by name; empty for none")
    parser.add_argument("--works", default=",".join(_WORKS), help="which kinds of request; empty for what is kept only")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    peers = _installed([name for name in options.peers.split(",") if name])
    names: list[str] = [OURS, *peers]
    works = [work for work in _WORKS if work in options.works.split(",")]
    keeps = {name: _kept(name, peers.get(name)) for name in names}
    seen: dict[tuple[str, str], list[Window]] = {}
    for turn in range(options.rounds):
        for name in names if turn % 2 == 0 else reversed(names):
            for work in works:
                one = _seen(name, peers.get(name), work, options.seconds, options.acts)
                if one is not None:
                    seen.setdefault((name, work), []).append(one)
                    print(
                        f"<!-- {work}, {name}: {one.rate:.0f}/s, p50 {one.p50:.2f}, p99 {one.p99:.1f} ms, "
                        f"CPU {one.cpu:.0f} µs, generator {one.own_cpu:.0f} µs, {one.loaded:.0f} MB -->",
                        flush=True,
                    )
    _table(works, keeps, seen)
    print()
    for name, one_keeps in keeps.items():
        lacks = f"; {peers[name].lacks}" if name in peers else ""
        print(f"- {name}: {one_keeps.whole if one_keeps else 'not to be seen'}{lacks}.")


def _installed(wanted: Sequence[str]) -> dict[str, Peer]:
    peers = {}
    for name in wanted:
        peer = ALL[name]
        try:
            peer.install(PEERS / peer.room)
        except Absent as reason:
            print(f"{peer.name} is left out: {reason}.\n")
        else:
            peers[peer.name] = peer
    return peers


def _kept(name: str, peer: Peer | None) -> Kept | None:
    with tempfile.TemporaryDirectory(prefix="binome-face-") as folder:
        try:
            one = kept(lambda: serving(peer, Path(folder)))
        except Broken as broken:
            print(f"<!-- {name}: broken, {str(broken)[:200]!r} -->", flush=True)
            return None
    print(f"<!-- {name}: {one.whole} -->", flush=True)
    return one


def _seen(name: str, peer: Peer | None, work: str, seconds: float, acts: int) -> Window | None:
    if peer is not None and work not in peer.works:
        return None
    warm_up = 1.0 if peer is None else peer.warm_up
    loaded = acts if work in ("read", "search") else 0
    awaited = int(_FASTEST_ACTS * (seconds + warm_up)) if work == "act" and peer is None else 0
    with (
        tempfile.TemporaryDirectory(prefix="binome-face-") as folder,
        serving(peer, Path(folder), loaded, awaited) as up,
    ):
        try:
            return measured(up.tree, up.port, up.asked[work], seconds, warm_up)
        except Broken as broken:
            print(f"<!-- {work}, {name}: broken, {str(broken)[:200]!r} -->", flush=True)
            return None


def _table(works: Sequence[str], keeps: dict[str, Kept | None], seen: dict[tuple[str, str], list[Window]]) -> None:
    for work in works:
        print(f"\n### {work}\n\n| server | a second | p50 ms | p99 ms | CPU µs | MB | ours ÷ it, rate | CPU |", end="")
        print(" faults refused · read after a kill · found |\n|---|---|---|---|---|---|---|---|---|")
        ours = seen.get((OURS, work))
        for name, one in keeps.items():
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
                f"| {_median(windows, 'loaded'):.0f} | {ratios[0]} | {ratios[1]} | {one.brief if one else '?'} |"
            )


def _median(windows: Sequence[Window], name: str) -> float:
    return statistics.median(getattr(one, name) for one in windows)


if __name__ == "__main__":
    main()
