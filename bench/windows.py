"""One server, one kind of request, one window: rate, latency, CPU, memory."""

from dataclasses import dataclass
from pathlib import Path

from bench.load import Requests, flood
from bench.trees import Tree

_WARM_UP = 1.0


class Broken(Exception):
    """A server does not keep what its row of the table says, or answered otherwise than it must."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One server, seen once."""

    rate: float
    p50: float
    p99: float
    #: Microseconds of CPU a request, of the server's whole tree and of the generator.
    cpu: float
    own_cpu: float
    #: Cores kept busy meanwhile by processes that are neither.
    foreign: float
    #: Megabytes, before the first request and after the last.
    idle: float
    loaded: float


def measured(tree: Tree, port: int, asked: Requests, seconds: float, warm_up: float = _WARM_UP) -> Window:
    """A second to warm up, or as long as it takes, then the window; any answer but 2xx is the end of the run."""
    idle = tree.pss()
    warm = flood(port, asked, warm_up, first=1)
    before, busy = tree.cpu(), _busy()
    seen = flood(port, asked, seconds, first=len(warm.acknowledged) + 1)
    cpu, busy = tree.cpu() - before, _busy() - busy
    for one in (warm, seen):
        if one.refused or one.broken:
            head = one.refused[0].decode(errors="replace") if one.refused else "connections broken"
            raise Broken(f"{len(one.refused)} refused, {one.broken} broken: {head}")
    count = len(seen.acknowledged)
    return Window(
        rate=seen.rate,
        p50=seen.latency(0.5),
        p99=seen.latency(0.99),
        cpu=1e6 * cpu / count,
        own_cpu=1e6 * seen.own_cpu / count,
        foreign=max(busy - cpu - seen.own_cpu, 0.0) / seen.seconds,
        idle=idle,
        loaded=tree.pss(),
    )


def _busy() -> float:
    """CPU seconds that the whole machine has worked."""
    user, nice, system, _idle, _wait, irq, soft, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + soft) / 100
