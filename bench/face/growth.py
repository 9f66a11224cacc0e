"""``python -m bench.face.growth``: how a search slows down as acts pile up, and what a million of them weigh."""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from bench.face import asked
from bench.face.filled import fill
from bench.load import Requests, flood
from bench.servers import BY_FHIR, Running, running
from bench.windows import measured


def main() -> None:
    """One server a size, grown from the size before."""
    parser = argparse.ArgumentParser(prog="bench.face.growth", description="search from ten thousand acts to a million")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--folder", default=None, help="where the store is kept; a temporary folder otherwise")
    options = parser.parse_args()
    print(
        "| acts | file MB | selective p50 µs (alone) | a second (16) | unselective p50 µs (alone) | MB idle · after |"
    )
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="binome-growth-", dir=options.folder) as name:
        folder, size = Path(name), 0
        for wanted in map(int, options.sizes.split(",")):
            begun = time.perf_counter()
            fill(f"sqlite:///{folder / 'binome.sqlite'}", wanted - size, size)
            size = wanted
            filled = time.perf_counter() - begun
            with running(BY_FHIR, folder, fresh=False) as up:
                idle = up.tree.pss()
                selective, unselective = asked.searches("/fhir", size), asked.unselective("/fhir", size)
                alone, first = _alone(up, selective, options.seconds), _alone(up, unselective, options.seconds)
                many = measured(up.tree, up.port, selective, options.seconds)
                weight = sum(path.stat().st_size for path in folder.glob("binome.sqlite*")) >> 20
                print(
                    f"| {size} | {weight} | {alone:.0f} | {many.rate:.0f} | {first:.0f} "
                    f"| {idle:.0f} · {up.tree.pss():.0f} | <!-- filled in {filled:.0f} s -->",
                    flush=True,
                )
    print(f"\n{os.cpu_count()} cores")


def _alone(up: Running, requests: Requests, seconds: float) -> float:
    """Median of one connection, microseconds, after a warm-up over other acts."""
    flood(up.port, requests, 1.0, first=1, connections=1)
    seen = flood(up.port, requests, seconds, first=2_000, connections=1)
    if seen.refused or seen.broken:
        raise RuntimeError("a search was refused")
    return 1e6 * statistics.median(seen.latencies)


if __name__ == "__main__":
    main()
