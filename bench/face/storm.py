"""``python -m bench.face.storm``: sixty-four identical conditional creates at once, again and again.

Every round must leave exactly one resource, which all sixty-four are told of, and no 5xx.
"""

import argparse
import re
import select
import socket
import tempfile
import time
from collections import Counter
from pathlib import Path

import requests

from bench.face.data import dumped, patient
from bench.servers import BY_FHIR, running

_AT_ONCE = 64
_SYSTEM = "https://binome.example/identifier/mesure"
_ID = re.compile(rb'"id":"([^"]+)"')


def main() -> None:
    """Rounds against one server, and what was seen of them."""
    parser = argparse.ArgumentParser(prog="bench.face.storm", description="identical conditional creates at once")
    parser.add_argument("--rounds", type=int, default=1_000)
    options = parser.parse_args()
    statuses: Counter[int] = Counter()
    several = doubled = 0
    with tempfile.TemporaryDirectory(prefix="binome-storm-") as name, running(BY_FHIR, Path(name), fresh=False) as up:
        sockets = [socket.create_connection(("127.0.0.1", up.port)) for _ in range(_AT_ONCE)]
        begun = time.perf_counter()
        for number in range(options.rounds):
            answers = _round(sockets, number)
            statuses.update(int(answer[9:12]) for answer in answers)
            ids = {found[1] for answer in answers if (found := _ID.search(answer.partition(b"\r\n\r\n")[2]))}
            several += len(ids) != 1
        seconds = time.perf_counter() - begun
        for one in sockets:
            one.close()
        found = requests.get(f"{up.base}/fhir/Patient?_summary=count", timeout=60).json()
        doubled = found["total"] - options.rounds
    print(f"{options.rounds} rounds of {_AT_ONCE} in {seconds:.0f} s")
    print(
        f"statuses {dict(sorted(statuses.items()))}; rounds told of several resources {several}; resources too many {doubled}"
    )
    if several or doubled or any(status >= 500 for status in statuses):
        raise SystemExit(1)


def _round(sockets: list[socket.socket], number: int) -> list[bytes]:
    """One answer a connection, to the same request sent on all."""
    body = dumped(patient(number))
    head = (
        f"POST /fhir/Patient HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/fhir+json\r\n"
        f"Accept: application/fhir+json\r\nContent-Length: {len(body)}\r\n"
        f"If-None-Exist: identifier={_SYSTEM}|PATIENT-{number:09d}\r\n\r\n"
    ).encode()
    for one in sockets:
        one.sendall(head + body)
    waiting = dict.fromkeys(sockets, b"")
    answers = []
    while waiting:
        for one in select.select(list(waiting), [], [], 30)[0]:
            waiting[one] += one.recv(65_536)
            answer = waiting[one]
            top, end, rest = answer.partition(b"\r\n\r\n")
            if end and len(rest) >= int(top.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]):
                answers.append(answer)
                del waiting[one]
    return answers


if __name__ == "__main__":
    main()
