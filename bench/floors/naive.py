"""The naive floor: Flask, gunicorn, a pydantic model of every resource, one commit a request.

A transaction of any resources, or one patient.
"""

import json
import os
import threading
import uuid

import apsw
from fhir.resources.R4B import get_fhir_model_class
from flask import Flask, Response, request
from pydantic import ValidationError

from bench.floors.rows import INSERTS, connect, found, index, kept, named, response, searchset

_FHIR = "application/fhir+json"
_PATH = os.environ["FLOOR_DATABASE"]
_own = threading.local()

app = Flask(__name__)


def _connection() -> apsw.Connection:
    if not hasattr(_own, "connection"):
        _own.connection = connect(_PATH)
    own: apsw.Connection = _own.connection
    return own


@app.get("/readyz")
def ready() -> Response:
    return Response("ready")


@app.post("/fhir/")
def transaction() -> Response:
    text = request.get_data(as_text=True)
    asked = [(entry["fullUrl"], entry["request"]["url"]) for entry in json.loads(text)["entry"]]
    text, ids = named(text, asked)
    resources = [entry["resource"] for entry in json.loads(text)["entry"]]
    try:
        for resource in resources:
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError as error:
        return Response(str(error.error_count()), 422)
    connection = _connection()
    with connection:
        for resource, id_ in zip(resources, ids, strict=True):
            resource["id"] = id_
            body = json.dumps(resource, ensure_ascii=False).encode()
            connection.execute(INSERTS["resource"], (resource["resourceType"], id_, body))
            for table, row in index(resource, id_):
                connection.execute(INSERTS[table], row)
    return Response(response([(type_, id_) for (_, type_), id_ in zip(asked, ids, strict=True)]), content_type=_FHIR)


@app.post("/fhir/Patient")
def create() -> Response:
    resource = request.get_json(force=True)
    try:
        get_fhir_model_class("Patient").model_validate(resource)
    except ValidationError as error:
        return Response(str(error.error_count()), 422)
    resource["id"] = id_ = str(uuid.uuid4())
    body = json.dumps(resource, ensure_ascii=False).encode()
    connection = _connection()
    with connection:
        connection.execute(INSERTS["resource"], ("Patient", id_, body))
        for table, row in index(resource, id_):
            connection.execute(INSERTS[table], row)
    headers = {"Location": f"Patient/{id_}/_history/1", "ETag": 'W/"1"'}
    return Response(body, 201, headers, content_type=_FHIR)


@app.get("/fhir/Patient/<id_>")
def read(id_: str) -> Response:
    bodies = kept(_connection(), "Patient", id_)
    return Response(bodies[0] if bodies else b"", 200 if bodies else 404, content_type=_FHIR)


@app.get("/fhir/<type_>")
def search(type_: str) -> Response:
    system, _, value = request.args["identifier"].rpartition("|")
    return Response(searchset(found(_connection(), type_, system, value)), content_type=_FHIR)
