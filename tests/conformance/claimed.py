"""What ``/metadata`` claims, asked of everything that the journey left on record.

Each search parameter by a value that a resource holds, which must be among the results; each operation once.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mappings.codes import systems
from mappings.fhir.json import parse
from mappings.fhir.search import parameters_of
from mappings.fhir.search.elements import values_of
from service.finding import found

if TYPE_CHECKING:
    from tests.conformance.journey import Player

Json = dict[str, Any]
#: The délégant of INCL-0002.
BENALI = "99900002025"
STEPS = f"{systems.CANONICAL}/ValueSet/binome-step"
STEP = f"{systems.CODE_SYSTEM}binome-step"


def search_by_what_is_there(player: "Player") -> None:
    """Each claimed parameter of each type: (type, name) → whether it found the resource whose value was asked."""
    for claim in _claims(player):
        type_ = claim["type"]
        stored = [parse(one.body) for one in found(player.composition.store, type_, count=1000)]
        for name in (one["name"] for one in claim.get("searchParam", ())):
            texts = ((one["id"], text) for one in stored for text in _texts(one, type_, name))
            # Of what stands in one place with patients, only they are one.
            asked = next((each for each in texts if name != "patient" or each[1].startswith("Patient/")), None)
            if asked is None:
                continue
            id_, text = asked
            answer = player.client.get(f"/fhir/{type_}?{urlencode({name: text, '_id': id_})}")
            ids = {entry["resource"]["id"] for entry in parse(answer.data).get("entry", ())}
            player.journey.searched[type_, name] = ids == {id_}


def operate(player: "Player") -> None:
    """Each claimed operation, by a call that must succeed: (type, name) → its status."""
    for claim in [{"type": "", **_rest(player)}, *_claims(player)]:
        type_ = claim["type"]
        for name in (one["name"] for one in claim.get("operation", ())):
            call = _calls(player, type_).get(name)
            if call is not None:
                path, body = call
                answer = player.client.open(
                    f"/fhir/{path}",
                    method="POST" if body is not None else "GET",
                    json=body,
                    headers=player.token(BENALI) | ({"Prefer": "respond-async"} if name == "export" else {}),
                )
                if answer.mimetype == "application/fhir+json":
                    player.keep(f"operation {name} {type_}", parse(answer.data))
                player.journey.operated[type_, name] = answer.status_code


def _rest(player: "Player") -> Json:
    rest: Json = parse(player.client.get("/fhir/metadata").data)["rest"][0]
    return rest


def _claims(player: "Player") -> list[Json]:
    claims: list[Json] = _rest(player)["resource"]
    return claims


def _calls(player: "Player", type_: str) -> dict[str, tuple[str, Json | None]]:
    """By operation, its address and what is sent."""
    stored = [parse(one.body) for one in found(player.composition.store, type_, count=1)] if type_ else []
    one = stored[0] if stored else {"resourceType": type_, "id": "none"}
    here = f"{type_}/{one['id']}"
    return {
        "validate": (f"{type_}/$validate", one if stored else {"resourceType": "Bundle", "type": "collection"}),
        "meta": (f"{here}/$meta" if type_ else "$meta", None),
        "everything": (f"{here}/$everything", None),
        "convert": ("$convert", {"resourceType": "Basic", "code": {"text": "x"}}),
        "export": (_exported(player, type_), None),
        "expand": (f"ValueSet/$expand?url={STEPS}", None),
        "validate-code": (
            f"ValueSet/$validate-code?url={STEPS}&system={STEP}&code=exam"
            if type_ == "ValueSet"
            else f"CodeSystem/$validate-code?url={STEP}&code=exam",
            None,
        ),
        "lookup": (f"CodeSystem/$lookup?system={STEP}&code=exam", None),
        "subsumes": (f"CodeSystem/$subsumes?system={STEP}&codeA=exam&codeB=exam", None),
        "trace": (f"{here}/$trace", None),
        "verify-chain": ("Provenance/$verify-chain", None),
        "status": (f"{here}/$status", None),
        "events": (f"{here}/$events", None),
        "acknowledge": (_duty(player), {"resourceType": "Parameters"}),
        "apply": (_proposal(player), None),
    }


def _exported(player: "Player", type_: str) -> str:
    if type_ != "Group":
        return f"{type_}/$export".removeprefix("/")
    return f"Group/{found(player.composition.store, 'CareTeam', count=1)[0].id}/$export"


def _duty(player: "Player") -> str:
    """An act that the délégant may still acknowledge."""
    for version in found(player.composition.store, "Task", [("code", "", "acknowledge")]):
        task = parse(version.body)
        owner = task["owner"].get("identifier", {}).get("value")
        if task["status"] == "requested" and owner == BENALI:
            return f"Task/{version.id}/$acknowledge"
    raise LookupError("no act waits for its délégant")


def _proposal(player: "Player") -> str:
    (version,) = found(player.composition.store, "CarePlan", [("identifier", "", "INCL-0002")])
    plan = parse(version.body)
    asked = {"subject": plan["subject"]["reference"], "practitioner": plan["author"]["reference"]}
    return f"PlanDefinition/pc-torsion-cheville/$apply?{urlencode(asked)}"


def _texts(resource: Json, type_: str, name: str) -> Iterator[str]:
    """The values of one parameter as a search writes them."""
    if name == "_id":
        yield resource["id"]
    elif name == "_lastUpdated":
        yield resource["meta"]["lastUpdated"]
    elif name in (known := parameters_of(type_)):
        one = known[name]
        if one.union:
            for other in one.union:
                yield from _texts(resource, type_, other)
        elif not one.parts:
            for value in values_of(resource, one):
                if text := _text(value, one.kind):
                    yield text


def _text(value: Any, kind: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, dict):
        return str(value)
    if kind == "date":
        # A day does not hold a period, which it may only touch.
        return f"ge{value['start']}" if "start" in value else f"le{value['end']}"
    if kind == "reference":
        return str(value.get("reference", "")).partition("/_history/")[0]
    if kind == "quantity":
        return str(value.get("value", ""))
    if kind == "string":
        return str(next((value[each] for each in ("family", "text", "city") if each in value), ""))
    codings = value.get("coding") or [value]
    system, code = codings[0].get("system"), codings[0].get("code") or codings[0].get("value")
    return f"{system}|{code}" if system and code else str(code or "")
