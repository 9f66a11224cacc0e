"""``python -m bench``: everything that ``docs/performance.md`` tells, in one run, as Markdown."""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.acts import Sample
from bench.deliveries import drained
from bench.delivering import delivered
from bench.documents import built
from bench.handing import handed_over
from bench.intake import Window, cold_start, first_sample, medians, prove, rounds, window
from bench.profile import profile
from bench.protocols import applied, judged, ruled
from bench.register import searched
from bench.servers import BY_FHIR, BY_RECORD, FAST, NAIVE, Server

_DOORS = (BY_FHIR, BY_RECORD)
_ALL = (*_DOORS, NAIVE, FAST)
_STARTS = 5
_BACKLOG = 100
_PARTS = ("intake", "profile", "deliveries", "protocols", "documents")


def main() -> None:
    """Print each part as soon as it is known."""
    parser = argparse.ArgumentParser(
        prog="bench", description="acts a second beside two floors, deliveries, memory, start"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a window")
    parser.add_argument("--postgres", action="store_true", help="the service on PostgreSQL; the floors stay on SQLite")
    parser.add_argument("--only", choices=_PARTS, help="one part of the run")
    options = parser.parse_args()
    begun = time.perf_counter()
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    if options.only in (None, "intake"):
        _intake(options.rounds, options.seconds, options.postgres)
    if options.only in (None, "profile"):
        _profile()
    if options.only in (None, "deliveries"):
        _deliveries()
    if options.only in (None, "protocols"):
        _protocols()
    if options.only in (None, "documents"):
        _documents()
    print(f"\nrun of {time.perf_counter() - begun:.0f} s, load {os.getloadavg()[0]:.1f} at its end")


def _intake(count: int, seconds: float, postgres: bool) -> None:
    known = first_sample()
    print(f"\n## Promises kept\n\n{known.resources} resources stored for one act\n")
    for server in (BY_FHIR, NAIVE, FAST):
        print(f"- {prove(server, known)}", flush=True)
    print(f"\n## Acts a second\n\n{count} rounds, windows of {seconds:.0f} s, 16 connections; median [least–most]\n")
    seen: dict[str, list[Window]] = {server.name: [] for server in _ALL}
    with ExitStack() as stack:
        server_url = stack.enter_context(_postgres()) if postgres else ""
        for server in rounds(_ALL, count):
            seen[server.name].append(_window(server, known, seconds, server_url))
            one = seen[server.name][-1]
            print(
                f"<!-- {server.name}: {one.rate:.0f}/s, p50 {one.p50:.1f}, p99 {one.p99:.1f} ms, CPU {one.cpu:.0f} µs, "
                f"generator {one.own_cpu:.0f} µs, foreign cores {one.foreign:.2f} -->",
                flush=True,
            )
    _table(seen)
    print(f"\n## Start to ready\n\n{_STARTS} starts on a fresh store, median [least–most], seconds\n")
    for server in (BY_FHIR, NAIVE, FAST):
        starts = [cold_start(server) for _ in range(_STARTS)]
        print(f"- {server.name}: {statistics.median(starts):.2f} [{min(starts):.2f}–{max(starts):.2f}]", flush=True)


def _window(server: Server, known: Sample, seconds: float, postgres: str) -> Window:
    if not (postgres and server.ours):
        return window(server, known, seconds)
    from tests.postgres import fresh_database

    with fresh_database(postgres) as url:
        return window(server, known, seconds, url)


@contextmanager
def _postgres() -> Iterator[str]:
    from tests.postgres import postgres_url

    with postgres_url() as url:
        yield url


def _table(seen: dict[str, list[Window]]) -> None:
    print(
        "\n| server | acts/s | p50 ms | p99 ms | CPU µs an act | PSS MB idle · after | × naive | × fast | CPU × naive | CPU × fast |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    rate = {name: medians(windows, lambda w: w.rate)[0] for name, windows in seen.items()}
    cpu = {name: medians(windows, lambda w: w.cpu)[0] for name, windows in seen.items()}
    for name, windows in seen.items():
        low, high = medians(windows, lambda w: w.rate)[1:]
        cells = [
            f"{rate[name]:.0f} [{low:.0f}–{high:.0f}]",
            *(
                f"{m:.1f} [{a:.1f}–{b:.1f}]"
                for m, a, b in (medians(windows, lambda w: w.p50), medians(windows, lambda w: w.p99))
            ),
            f"{cpu[name]:.0f}",
            f"{medians(windows, lambda w: w.idle)[0]:.0f} · {medians(windows, lambda w: w.loaded)[0]:.0f}",
            f"{rate[name] / rate[NAIVE.name]:.2f}",
            f"{rate[name] / rate[FAST.name]:.2f}",
            f"{cpu[NAIVE.name] / cpu[name]:.2f}",
            f"{cpu[FAST.name] / cpu[name]:.2f}",
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def _profile() -> None:
    spent = profile()
    whole = sum(spent.values())
    print("\n## Where the CPU of one act goes\n\nFHIR transaction, in process, one act at a time\n")
    print("| step | µs | share |\n|---|---|---|")
    for step, microseconds in spent.items():
        print(f"| {step} | {microseconds:.0f} | {100 * microseconds / whole:.0f} % |")
    print(f"| all | {whole:.0f} | |", flush=True)


def _deliveries() -> None:
    print(f"\n## Deliveries a second\n\n{_BACKLOG} acts accepted with no worker about, then delivered\n")
    for validating in (True, False):
        one = drained(_BACKLOG, validating=validating)
        how = "validating (CDA, XDS.b and mail grammars)" if validating else "not validating"
        print(
            f"- sandbox {how}: {one.envelopes} envelopes, {one.rate:.0f} deliveries/s, "
            f"CPU a delivery {one.worker:.1f} ms worker, {one.sandbox:.1f} ms sandbox",
            flush=True,
        )
    for made in (False, True):
        one = drained(_BACKLOG, sinks=True, made=made)
        what = "documents made and kept before" if made else "the whole way"
        print(
            f"- sinks that answer at once, {what}: {one.envelopes} envelopes, {one.rate:.0f} deliveries/s; a loop that "
            f"only sends them: {one.floor:.0f}/s (ITI-41 {one.http:.0f}/s, SMTP {one.smtp:.0f}/s); ratio "
            f"{one.rate / one.floor:.3f}. CPU a delivery {one.worker:.1f} ms worker, {one.sandbox:.1f} ms sinks; of the "
            f"loop and its sinks {one.loop:.2f} ms; ratio {one.loop / (one.worker + one.sandbox):.3f}",
            flush=True,
        )
    for rate in (5.0, 50.0):
        seen = handed_over(rate, 10.0)
        web, worker, sinks = seen.cpu
        print(
            f"- {seen.asked:.0f} acts/s asked, {seen.came:.1f} came: from acceptance to hand-over p50 {seen.p50:.2f} s, "
            f"p99 {seen.p99:.2f} s (until the attempt began {seen.waited[0]:.2f}, {seen.waited[1]:.2f}; the attempt "
            f"{seen.took[0]:.2f}, {seen.took[1]:.2f}), {seen.left} left; CPU an act {web:.1f} ms web, {worker:.1f} ms "
            f"worker, {sinks:.1f} ms sinks",
            flush=True,
        )
    spent = delivered()
    whole = sum(spent.values())
    print(
        "\n### Where the CPU of one delivery goes\n\nin process, one delivery after the other\n\n| step | ms | share |\n|---|---|---|"
    )
    for step, milliseconds in spent.items():
        print(f"| {step} | {milliseconds:.2f} | {100 * milliseconds / whole:.0f} % |")
    print(f"| all | {whole:.2f} | |", flush=True)


def _protocols() -> None:
    print("\n## Protocols\n\n| definition | judged, µs | kept in the proof, µs | bytes |\n|---|---|---|---|")
    for each in judged():
        print(f"| {each.canonical} | {each.judgement:.0f} | {each.kept:.0f} | {each.size} |")
    rules, one = ruled() / 1e3, applied()
    print(f"\n- the rules of one act, its exam judged: {rules:.3f} ms of CPU")
    print(f"- `$apply`: p50 {one.p50:.2f} ms, p99 {one.p99:.2f} ms, {one.size} bytes", flush=True)
    count, found = searched()
    print(
        f"\n### A register of {count} versions\n\n| asked, `_summary=true` | p50, ms of CPU | p99 | bytes |\n|---|---|---|---|"
    )
    for each in found:
        print(f"| {each.question} | {each.p50:.2f} | {each.p99:.2f} | {each.size} |")
    gates = (
        ("`$apply`, p50", one.p50, 10.0),
        ("rules of one act, its exam judged, CPU", rules, 1.0),
        ("slowest look-up in the register, p50, CPU", max(each.p50 for each in found if not each.is_page), 10.0),
        ("slowest page of twenty of the register, p50, CPU", max(each.p50 for each in found if each.is_page), 25.0),
    )
    print("\n### Gates\n")
    for name, measured, most in gates:
        print(f"- {'held' if measured < most else 'MISSED'}: {name} {measured:.2f} ms, below {most:.0f} ms", flush=True)
    if any(measured >= most for _, measured, most in gates):
        raise SystemExit(1)


def _documents() -> None:
    print(
        "\n## Documents\n\nof one act, without a network; ms of CPU\n\n| what | p50 | p99 | bytes |\n|---|---|---|---|"
    )
    for each in built():
        print(f"| {each.what} | {each.p50:.1f} | {each.p99:.1f} | {each.size or ''} |", flush=True)


if __name__ == "__main__":
    main()
