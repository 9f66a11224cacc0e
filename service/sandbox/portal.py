"""The State portal in small: one procedure of the GraphQL API v2, its dossiers, by pages, since an instant.

It executes no GraphQL: it looks at the variables of the one question that a reader of dossiers asks, and answers with
every field of that question. Limits and errors are those of the platform's public source. Everybody in it is fictitious.
"""

import datetime as dt
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from flask import Blueprint, Response, request

from service.sandbox import interference
from service.sandbox.faults import Faults

PATH: Final = "/api/v2/graphql"
#: Most dossiers of one page, and the page that is given unasked.
_PAGE: Final = 100
_STATES: Final = frozenset({"en_construction", "en_instruction", "accepte", "refuse", "sans_suite"})

Node = dict[str, Any]


class Portal:
    """Dossiers of one procedure, by number, each as it stands now."""

    def __init__(self, number: int, dossiers: Iterable[Node] = ()) -> None:
        self.number = number
        self._dossiers = {node["number"]: node for node in dossiers}
        self._lock = threading.Lock()

    def put(self, node: Node) -> None:
        """A dossier is lodged, or changes; its dates are the caller's to tell."""
        with self._lock:
            self._dossiers[node["number"]] = node

    def page(self, since: dt.datetime | None, after: str, first: int) -> Node:
        with self._lock:
            nodes = sorted(self._dossiers.values(), key=lambda node: node["number"])
        if since is not None:
            nodes = [node for node in nodes if dt.datetime.fromisoformat(node["dateDerniereModification"]) >= since]
        start = _position(after)
        page = nodes[start : start + first]
        end = start + len(page)
        return {
            "pageInfo": {"hasNextPage": end < len(nodes), "endCursor": _cursor(end) if page else None},
            "nodes": page,
        }


def portal_blueprint(portal: Portal, faults: Faults, token: str = "") -> Blueprint:
    """The route; with ``token`` that one only, else any, never none."""
    blueprint = Blueprint("portal", __name__)

    @blueprint.post(PATH)
    def graphql() -> Response:
        fault = faults.take("portal", "dossiers", _cursors(request.get_data()))
        kind = fault.kind if fault else ""
        if fault is not None and kind == "slow":
            interference.wait(fault)
        if fault is not None and kind in interference.GATEWAY:
            return interference.gateway_answer(fault)
        if fault is not None and kind == "limited":
            wait = {"Retry-After": str(int(fault.seconds)), "RateLimit-Remaining": "0"}
            return Response("Retry later\n", status=429, mimetype="text/plain", headers=wait)
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not given or (token and given != token):
            return _errors(403, "forbidden")
        if kind == "errors":
            return _errors(200, "internal_server_error")
        response = _answer(portal, request.get_data())
        if kind == "wrong-types":
            response.set_data(orjson.dumps({"data": {"demarche": {"number": portal.number, "dossiers": {"nodes": 3}}}}))
        if kind == "partial":
            told = orjson.loads(response.get_data())
            response.set_data(orjson.dumps(told | {"errors": [{"message": "timeout", "path": ["demarche"]}]}))
        return interference.spoil(fault, response)

    @blueprint.post(f"{PATH}/dossiers")
    def put() -> Response:
        """For whoever tries: a dossier as the API tells it."""
        node = orjson.loads(request.get_data())
        if not isinstance(node, dict) or not isinstance(node.get("number"), int) or node.get("state") not in _STATES:
            return _json({"issues": ["Un dossier, avec son numéro et son état, est attendu."]}, 400)
        portal.put(node)
        return _json({"number": node["number"]}, 201)

    return blueprint


def _answer(portal: Portal, body: bytes) -> Response:
    try:
        asked = orjson.loads(body)
        variables: Mapping[str, Any] = asked["variables"]
        number, first, after = variables["number"], variables.get("first", _PAGE), variables.get("after") or ""
        since = dt.datetime.fromisoformat(variables["since"]) if variables.get("since") else None
        if "demarche(" not in asked["query"] or not 1 <= first <= _PAGE:
            raise ValueError("query")
        page = portal.page(since, after, first)
    except (ValueError, KeyError, TypeError):
        return _errors(400, "bad_request")
    if number != portal.number:
        return _errors(200, "not_found")
    return _json({"data": {"demarche": {"number": portal.number, "dossiers": page}}})


def dossier(
    number: int,
    lodged: dt.datetime,
    members: Iterable[Mapping[str, str]],
    *,
    revision: str = "REVISION-FICTIVE-1",
    changed: dt.datetime | None = None,
    modified: dt.datetime | None = None,
    state: str = "en_construction",
    decided: dt.datetime | None = None,
    **fields: str,
) -> Node:
    """One dossier of the synthetic procedure; ``members`` and ``fields`` by the names of its fields, in lower case."""
    listed = changed or lodged
    rows = [{"champs": [_champ(f"LIGNE-{name.upper()}", text) for name, text in row.items()]} for row in members]
    told = {"protocole": "Torsion de cheville"} | fields
    return {
        "number": number,
        "state": state,
        "dateDepot": lodged.isoformat(),
        "dateTraitement": decided.isoformat() if decided else None,
        "dateDerniereModification": (modified or decided or listed).isoformat(),
        "dateDerniereModificationChamps": listed.isoformat(),
        "motivation": None,
        "demarche": {"revision": {"id": revision}},
        "groupeInstructeur": {"number": 42, "label": "ARS FICTIVE"},
        "champs": [
            *(_champ(f"CHAMP-{name.upper()}", text) for name, text in told.items()),
            _champ("CHAMP-EQUIPE", "") | {"rows": rows},
        ],
        "annotations": [],
    }


def _champ(id_: str, text: str) -> Node:
    return {"champDescriptorId": id_, "label": id_.rpartition("-")[2].capitalize(), "stringValue": text}


def _cursors(body: bytes) -> list[str]:
    """What a fault may be meant for: the page after this cursor."""
    try:
        return [str(orjson.loads(body)["variables"]["after"])]
    except (ValueError, KeyError, TypeError):
        return []


def _cursor(position: int) -> str:
    return urlsafe_b64encode(str(position).encode()).decode()


def _position(cursor: str) -> int:
    return int(urlsafe_b64decode(cursor)) if cursor else 0


def _errors(status: int, code: str) -> Response:
    return _json({"errors": [{"message": "…", "extensions": {"code": code}}], "data": None}, status)


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json; charset=utf-8")
