"""The naive floor: Flask, gunicorn, a pydantic model of every resource, one commit a request.

A transaction of any resources, one patient or one act.
"""

import json
import os
import threading
import uuid

import apsw
from fhir.resources.R4B import get_fhir_model_class
from flask import Flask, Response, request
from pydantic import ValidationError

from bench.floors.rows import INSERTS, connect, found, index, kept, named, response, searchset, within

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


@app.post("/fhir/<any(Patient, Procedure):type_>")
def create(type_: str) -> Response:
    resource = request.get_json(force=True)
    try:
        get_fhir_model_class(type_).model_validate(resource)
    except ValidationError as error:
        return Response(str(error.error_count()), 422)
    resource["id"] = id_ = str(uuid.uuid4())
    body = json.dumps(resource, ensure_ascii=False).encode()
    connection = _connection()
    with connection:
        connection.execute(INSERTS["resource"], (type_, id_, body))
        for table, row in index(resource, id_):
            connection.execute(INSERTS[table], row)
    headers = {"Location": f"{type_}/{id_}/_history/1", "ETag": 'W/"1"'}
    return Response(body, 201, headers, content_type=_FHIR)


@app.get("/fhir/<any(Patient, Procedure):type_>/<id_>")
def read(type_: str, id_: str) -> Response:
    bodies = kept(_connection(), type_, id_)
    return Response(bodies[0] if bodies else b"", 200 if bodies else 404, content_type=_FHIR)


@app.get("/fhir/<type_>")
def search(type_: str) -> Response:
    if "subject" in request.args:
        bodies = within(_connection(), type_, request.args["subject"], *request.args.getlist("date"))
    else:
        system, _, value = request.args["identifier"].rpartition("|")
        bodies = found(_connection(), type_, system, value)
    return Response(searchset(bodies), content_type=_FHIR)
