"""The fast floor: granian, one bare WSGI callable, structure checked in Rust from the bytes, group commit."""

import fcntl
import json
import os
import re
import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import parse_qs

import apsw
import fhirkit
import orjson

from bench.floors.rows import INSERTS, Row, connect, found, index, named, response, searchset

_PATH = os.environ["FLOOR_DATABASE"]
_FHIR = [("Content-Type", "application/fhir+json")]
_own = threading.local()
#: Where a resource begins: nothing but an entry of a Bundle has a member of this name.
_RESOURCE = re.compile(r'"resource":\s*')
_DECODER = json.JSONDecoder()

StartResponse = Callable[[str, list[tuple[str, str]]], object]


class Writer:
    """One thread a process: wins the lock, takes whatever waits, commits it all at once."""

    def __init__(self, path: str) -> None:
        self._connection: apsw.Connection = connect(path)
        self._lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        self._queue: SimpleQueue[tuple[dict[str, list[Row]], threading.Lock]] = SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def commit(self, rows: dict[str, list[Row]]) -> None:
        """Gives back once the rows are durable. A commit that fails ends the process: nobody is answered."""
        done = threading.Lock()
        done.acquire()
        self._queue.put((rows, done))
        done.acquire()

    def _run(self) -> None:
        try:
            while True:
                batch = [self._queue.get()]
                fcntl.flock(self._lock, fcntl.LOCK_EX)
                try:
                    while len(batch) < 64:
                        batch.append(self._queue.get_nowait())
                except Empty:
                    pass
                self._write(batch)
                fcntl.flock(self._lock, fcntl.LOCK_UN)
                for _, done in batch:
                    done.release()
        finally:
            os._exit(1)

    def _write(self, batch: Iterable[tuple[dict[str, list[Row]], threading.Lock]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for table, sql in INSERTS.items():
            self._connection.executemany(sql, [row for rows, _ in batch for row in rows[table]])
        self._connection.execute("COMMIT")


def application() -> Callable[[dict[str, Any], StartResponse], list[bytes]]:
    """What granian starts in each of its processes."""
    writer = Writer(_PATH)

    def answer(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            return _transaction(environ["wsgi.input"].read(), writer, start_response)
        if environ["PATH_INFO"] == "/readyz":
            start_response("200 OK", [])
            return [b"ready"]
        return _search(environ, start_response)

    return answer


def _transaction(body: bytes, writer: Writer, start_response: StartResponse) -> list[bytes]:
    if any(issue.severity == "error" for issue in fhirkit.validate(body)):
        start_response("422 Unprocessable Content", _FHIR)
        return [b"{}"]
    asked = [(entry["fullUrl"], entry["request"]["url"]) for entry in orjson.loads(body)["entry"]]
    text, ids = named(body.decode(), asked)
    rows: dict[str, list[Row]] = {table: [] for table in INSERTS}
    starts = [found.end() for found in _RESOURCE.finditer(text)]
    for start, id_ in zip(starts, ids, strict=True):
        resource, end = _DECODER.raw_decode(text, start)
        # The bytes that came, digit for digit, the id put in front.
        rows["resource"].append((resource["resourceType"], id_, f'{{"id":"{id_}",{text[start + 1 : end]}'.encode()))
        for table, row in index(resource, id_):
            rows[table].append(row)
    writer.commit(rows)
    start_response("200 OK", _FHIR)
    return [response([(type_, id_) for (_, type_), id_ in zip(asked, ids, strict=True)])]


def _search(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    if not hasattr(_own, "connection"):
        _own.connection = connect(_PATH)
    type_ = environ["PATH_INFO"].rpartition("/")[2]
    system, _, value = parse_qs(environ["QUERY_STRING"])["identifier"][0].partition("|")
    start_response("200 OK", _FHIR)
    return [searchset(found(_own.connection, type_, system, value))]
