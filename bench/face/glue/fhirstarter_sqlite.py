"""fhirstarter over SQLite, ``synchronous=FULL``, one commit a request: its models validate, three indexes find."""

import datetime as dt
import json
import os
import sqlite3
import threading
from typing import Any
from uuid import uuid4

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.procedure import Procedure
from fhirstarter import FHIRProvider, FHIRStarter, InteractionContext
from fhirstarter.exceptions import FHIRResourceNotFoundError

_own = threading.local()
_TABLE = """
    CREATE TABLE IF NOT EXISTS resource (
        type TEXT, id TEXT, subject TEXT, day TEXT, identifier TEXT, body TEXT, PRIMARY KEY (type, id));
    CREATE INDEX IF NOT EXISTS by_subject ON resource (type, subject, day);
    CREATE INDEX IF NOT EXISTS by_identifier ON resource (type, identifier);"""


def _database() -> sqlite3.Connection:
    if not hasattr(_own, "connection"):
        _own.connection = sqlite3.connect(os.environ["PEER_DATABASE"], timeout=30, isolation_level=None)
        _own.connection.execute("PRAGMA journal_mode=WAL")
        _own.connection.execute("PRAGMA synchronous=FULL")
        _own.connection.executescript(_TABLE)
    connection: sqlite3.Connection = _own.connection
    return connection


def _store(resource: Any) -> str:
    resource.id = str(uuid4())
    body = resource.model_dump_json()
    said = json.loads(body)
    day = said.get("performedPeriod", {}).get("start", "")
    begun = dt.datetime.fromisoformat(day).astimezone(dt.UTC).isoformat() if day else ""
    subject = said.get("subject", {}).get("reference", "")
    row = (said["resourceType"], resource.id, subject, begun, said["identifier"][0]["value"], body)
    _database().execute("INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?)", row)
    return str(resource.id)


def _read(type_: str, id_: str) -> str:
    found = _database().execute("SELECT body FROM resource WHERE type = ? AND id = ?", (type_, id_)).fetchone()
    if found is None:
        raise FHIRResourceNotFoundError
    return str(found[0])


app = FHIRStarter(title="fhirstarter")
provider = FHIRProvider()


@provider.create(Patient)
def create_patient(context: InteractionContext, resource: Patient) -> str:
    return _store(resource)


@provider.create(Procedure)
def create_procedure(context: InteractionContext, resource: Procedure) -> str:
    return _store(resource)


@provider.read(Procedure)
def read_procedure(context: InteractionContext, id_: str) -> Procedure:
    return Procedure.model_validate_json(_read("Procedure", id_))


@provider.search_type(Procedure)
def search_procedure(
    context: InteractionContext, subject: str | None, date: list[str] | None, identifier: str | None
) -> Bundle:
    if identifier is not None:
        where, values = "identifier = ?", [identifier.rpartition("|")[2]]
    else:
        where, values = "subject = ?", [subject or ""]
        for one in date or ():
            where += " AND day >= ?" if one[:2] == "ge" else " AND day < ?"
            values.append(one[2:])
    sql = f"SELECT body FROM resource WHERE type = 'Procedure' AND {where} LIMIT 20"
    found = [json.loads(body) for (body,) in _database().execute(sql, values)]
    return Bundle(type="searchset", total=len(found), entry=[{"resource": one} for one in found] or None)


app.add_providers(provider)
