"""Reading: a version, the current one or another, and all of them (R4 4.0.1, https://hl7.org/fhir/R4/http.html#read)."""

from email.utils import format_datetime
from typing import Any

from mappings.fhir.json import parse
from mappings.fhir.search import PARAMETERS
from mappings.issues import Issue, Refused
from service.api import media
from service.api.exchange import Call, Reply
from service.store.unit import StoredVersion

Resource = dict[str, Any]


def read(call: Call, type_: str, id_: str) -> Reply:
    version = call.composition.store.read(known(type_), id_)
    return version_reply(call, version)


def vread(call: Call, type_: str, id_: str, number: str) -> Reply:
    return version_reply(call, call.composition.store.read(known(type_), id_, int(number)))


def history(call: Call, type_: str, id_: str) -> Reply:
    versions = call.composition.store.history(known(type_), id_)
    if not versions:
        return version_reply(call, None)
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "history",
        "total": len(versions),
        "entry": [
            {
                "fullUrl": f"{call.base}/{type_}/{id_}",
                "resource": parse(version.body),
                "request": {
                    "method": "POST" if version.version == 1 else "PUT",
                    "url": type_ if version.version == 1 else f"{type_}/{id_}",
                },
                "response": {
                    "status": "201" if version.version == 1 else "200",
                    "etag": f'W/"{version.version}"',
                    "lastModified": version.recorded.isoformat(),
                },
            }
            for version in versions
        ],
    }
    return media.answer(call, bundle)


def known(type_: str) -> str:
    if type_ not in PARAMETERS:
        raise Refused(Issue("not-supported", "", "Ce type de ressource n’est pas tenu ici.", "CapabilityStatement"))
    return type_


def version_reply(call: Call, version: StoredVersion | None, status: int = 200) -> Reply:
    if version is None:
        raise Refused(Issue("not-found", "", "Cette ressource n’existe pas sur ce serveur."))
    headers = {"ETag": f'W/"{version.version}"', "Last-Modified": format_datetime(version.recorded, usegmt=True)}
    return media.stored(call, version.body, status, headers)
