"""``$meta`` (R4 4.0.1, https://hl7.org/fhir/R4/resource-operation-meta.html): of one resource, of a type, of the server.

``$meta-add`` and ``$meta-delete`` would change what a version says without a new version. Here the bytes of every
version are proved by a chain: they are refused, and a resource that may be updated gets its labels by an update.
"""

from typing import Any

from mappings.fhir.json import parse
from mappings.fhir.search import PARAMETERS
from mappings.issues import Issue, Refused
from service.api import media
from service.api.exchange import Call, Reply
from service.api.parameters import body_pairs, refuse_others

_REFERENCE = "FHIR R4, resource-operation-meta.html"


def of_server(call: Call) -> Reply:
    _takes_nothing(call)
    return _told(call, call.composition.metas.summary(call.composition.store, PARAMETERS))


def of_type(call: Call, *, type_: str) -> Reply:
    _takes_nothing(call)
    return _told(call, call.composition.metas.summary(call.composition.store, [type_]))


def of_resource(call: Call, id_: str, version: str = "", *, type_: str) -> Reply:
    _takes_nothing(call)
    stored = call.composition.store.read(type_, id_, int(version) if version else None)
    if stored is None:
        raise Refused(Issue("not-found", "", "Cette ressource n’existe pas sur ce serveur."))
    if not stored.body:
        raise Refused(Issue("deleted", "", "Cette ressource a été supprimée."))
    return _told(call, parse(stored.body).get("meta", {}))


def change(call: Call, *_: str, type_: str) -> Reply:
    text = (
        "Les étiquettes d’une version ne changent pas : ses octets sont prouvés. Une ressource modifiable les reçoit "
        "par une mise à jour."
    )
    raise Refused(Issue("not-supported", f"{type_}.meta", text, _REFERENCE))


def _takes_nothing(call: Call) -> None:
    refuse_others(call, (name for name, _ in (*call.pairs, *body_pairs(call))), frozenset())


def _told(call: Call, meta: dict[str, Any]) -> Reply:
    # FHIR knows no empty element: a server whose resources bear nothing answers a Parameters without a value.
    parameter = [{"name": "return", "valueMeta": meta}] if meta else []
    return media.answer(call, {"resourceType": "Parameters"} | ({"parameter": parameter} if parameter else {}))
