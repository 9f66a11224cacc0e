"""One server, one kind of request, one window: rate, latency, CPU, memory."""

from dataclasses import dataclass

from bench.load import Requests, flood
from bench.trees import Tree

_WARM_UP = 1.0


class Broken(Exception):
    """A server answered otherwise than it must."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One server, seen once."""

    rate: float
    p50: float
    p99: float
    #: Microseconds of CPU a request: the server's whole tree, and the generator.
    cpu: float
    own_cpu: float
    #: Megabytes after the last request.
    memory: float


def window(tree: Tree, port: int, asked: Requests, seconds: float, *, first: int = 1, connections: int = 16) -> Window:
    """A second to warm up, then the window; any answer but 2xx is the end of the run."""
    warm = flood(port, asked, _WARM_UP, first=first, connections=connections)
    before = tree.cpu()
    seen = flood(port, asked, seconds, first=first + len(warm.acknowledged) + connections, connections=connections)
    used = tree.cpu() - before
    for one in (warm, seen):
        if one.refused or one.broken:
            raise Broken(one.refused[0].decode(errors="replace") if one.refused else "connections broken")
    count = len(seen.acknowledged)
    return Window(
        rate=seen.rate,
        p50=seen.latency(0.5),
        p99=seen.latency(0.99),
        cpu=1e6 * used / count,
        own_cpu=1e6 * seen.own_cpu / count,
        memory=tree.pss(),
    )
