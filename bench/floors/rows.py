"""What both floors keep of a transaction: the resources, and where they are found by identifier, subject and date."""

import uuid
from collections.abc import Iterable
from typing import Any

import apsw

Resource = dict[str, Any]
Row = tuple[str | bytes, ...]

SCHEMA = """
CREATE TABLE IF NOT EXISTS resource (type TEXT, id TEXT, body BLOB, PRIMARY KEY (type, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identifier (type TEXT, value TEXT, system TEXT, id TEXT,
    PRIMARY KEY (type, value, system, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subject (type TEXT, subject TEXT, id TEXT, PRIMARY KEY (type, subject, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS date (type TEXT, date TEXT, id TEXT, PRIMARY KEY (type, date, id)) WITHOUT ROWID;
"""
INSERTS = {
    "resource": "INSERT INTO resource VALUES (?, ?, ?)",
    "identifier": "INSERT OR IGNORE INTO identifier VALUES (?, ?, ?, ?)",
    "subject": "INSERT OR IGNORE INTO subject VALUES (?, ?, ?)",
    "date": "INSERT OR IGNORE INTO date VALUES (?, ?, ?)",
}
_FOUND = """
    SELECT r.body FROM identifier i JOIN resource r ON r.type = i.type AND r.id = i.id
    WHERE i.type = ? AND (? = '' OR i.system = ?) AND i.value = ?"""
_WITHIN = """
    SELECT r.body FROM subject s JOIN date d ON d.type = s.type AND d.id = s.id
    JOIN resource r ON r.type = s.type AND r.id = s.id
    WHERE s.type = ? AND s.subject = ? AND d.date >= ? AND d.date < ?"""
_DATES = ("effectiveDateTime", "authored", "authoredOn", "recorded")


def connect(path: str) -> apsw.Connection:
    """A connection that keeps every acknowledged commit through a power loss, as the service's does."""
    connection = apsw.Connection(path)
    connection.set_busy_timeout(30_000)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "FULL")
    connection.pragma("wal_autocheckpoint", 16_000)
    return connection


def create(path: str) -> None:
    connection = connect(path)
    connection.execute(SCHEMA).fetchall()
    connection.close()


def named(body: str, entries: Iterable[tuple[str, str]]) -> tuple[str, list[str]]:
    """The Bundle's text with each (fullUrl, type) replaced by a reference to a fresh id, and the ids."""
    ids = []
    for full_url, type_ in entries:
        ids.append(str(uuid.uuid4()))
        body = body.replace(full_url, f"{type_}/{ids[-1]}")
    return body, ids


def index(resource: Resource, id_: str) -> Iterable[tuple[str, Row]]:
    """(table, row) of every index entry."""
    type_ = resource["resourceType"]
    for identifier in resource.get("identifier", ()) if isinstance(resource.get("identifier"), list) else ():
        yield "identifier", (type_, identifier["value"], identifier["system"], id_)
    subject = resource.get("subject") or resource.get("for")
    if subject:
        yield "subject", (type_, subject["reference"], id_)
    date = next((resource[name] for name in _DATES if name in resource), None)
    date = date or resource.get("performedPeriod", {}).get("start")
    if date:
        yield "date", (type_, date, id_)


def found(connection: apsw.Connection, type_: str, system: str, value: str) -> list[bytes]:
    return [body for (body,) in connection.execute(_FOUND, (type_, system, system, value))]


def within(connection: apsw.Connection, type_: str, subject: str, since: str, until: str) -> list[bytes]:
    """Of a patient, from the day ``ge2026-01-01`` to before the day ``lt2026-01-06``, by the text of the dates."""
    rows = connection.execute(_WITHIN, (type_, subject, since.removeprefix("ge"), until.removeprefix("lt")))
    return [body for (body,) in rows]


def kept(connection: apsw.Connection, type_: str, id_: str) -> list[bytes]:
    return [body for (body,) in connection.execute("SELECT body FROM resource WHERE type = ? AND id = ?", (type_, id_))]


def searchset(bodies: list[bytes]) -> bytes:
    entries = b",".join(b'{"resource":' + body + b"}" for body in bodies)
    return b'{"resourceType":"Bundle","type":"searchset","entry":[' + entries + b"]}"


def response(placed: Iterable[tuple[str, str]]) -> bytes:
    """A transaction-response for (type, id) of each entry."""
    entries = ",".join(
        f'{{"response":{{"status":"201 Created","location":"{type_}/{id_}/_history/1","etag":"W/\\"1\\""}}}}'
        for type_, id_ in placed
    )
    return f'{{"resourceType":"Bundle","type":"transaction-response","entry":[{entries}]}}'.encode()
