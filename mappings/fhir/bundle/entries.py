"""What the entries of a Bundle ask (R4 4.0.1, https://hl7.org/fhir/R4/http.html#transaction)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from mappings.fhir.bundle.terms import Criteria, Seen, condition, seen_versions
from mappings.fhir.patch import Patch, patch_of
from mappings.fhir.structure import check
from mappings.issues import Issue, Refused

Resource = dict[str, Any]
Method = Literal["POST", "PUT", "PATCH", "DELETE"]
MAX_ENTRIES: Final = 500
#: Stands for a resource that is checked elsewhere.
_ANY: Final[Resource] = {"resourceType": "Binary", "contentType": "text/plain"}
_SECTION: Final = "FHIR R4, http.html#transaction"
#: ``https://…/Type/id``, or without its base.
_RESTFUL: Final = re.compile(r"(?P<base>https?://\S+/)?(?P<local>[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing asked of the server: create, update, patch or delete one resource."""

    #: FHIRPath of the entry, e.g. ``Bundle.entry[2]``; empty outside a Bundle.
    expression: str
    method: Method
    type: str
    #: Logical id; empty for a creation, and for what a condition finds.
    id: str = ""
    #: What a conditional request looks for; None when unconditional.
    criteria: Criteria | None = None
    #: What the client saw (If-Match); None when it does not say.
    if_match: Seen | None = None
    #: What must not be in force (If-None-Match): ``*`` where nothing may be there yet.
    if_none_match: Seen | None = None
    full_url: str = ""
    #: POST and PUT.
    resource: Resource = field(default_factory=dict)
    #: PATCH: from the current resource to the next.
    patch: Patch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One reading asked for inside a Bundle."""

    method: Literal["GET", "HEAD"]
    #: Below the base.
    url: str
    #: Headers by their HTTP names.
    headers: Mapping[str, str]


def entries_of(bundle: Resource) -> tuple[Entry | Read, ...]:
    """The entries of a transaction, in its order; ``Refused`` with every fault."""
    issues: list[Issue] = []
    asked: list[Entry | Read] = []
    seen: set[str] = set()
    for n, item in enumerate(items_of(bundle, "transaction")):
        expression = f"Bundle.entry[{n}]"
        full_url = item.get("fullUrl", "")
        if full_url and full_url in seen:
            issues.append(Issue("invariant", f"{expression}.fullUrl", "fullUrl figure deux fois.", "FHIR R4, bdl-7"))
        seen.add(full_url)
        try:
            asked.append(_asked(item, expression, full_url))
        except Refused as refusal:
            issues += refusal.issues
    if issues:
        raise Refused(issues)
    return tuple(asked)


def items_of(bundle: Resource, kind: Literal["transaction", "batch"]) -> list[Resource]:
    """The raw entries of a Bundle of this kind, once what is around the resources is known to be FHIR."""
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != kind:
        text = "La base du serveur reçoit un Bundle de type transaction ou batch ; les autres types n’y sont pas admis."
        raise Refused(Issue("value", "Bundle.type", text, _SECTION))
    raw = bundle.get("entry", [])
    if isinstance(raw, list) and len(raw) > MAX_ENTRIES:
        raise Refused(
            Issue("too-costly", "Bundle.entry", f"Un Bundle tient en {MAX_ENTRIES} entrées au plus.", _SECTION)
        )
    _check_around(bundle)
    return cast(list[Resource], raw)


def locally(full_url: str) -> tuple[str, str] | None:
    """(base, ``Type/id``) of a fullUrl that follows the rules of an address; None for any other name."""
    found = _RESTFUL.fullmatch(full_url)
    return (found["base"] or "", found["local"]) if found else None


def _check_around(bundle: Resource) -> None:
    """The structure of all but the resources, which are checked one by one."""
    raw = bundle.get("entry")
    if isinstance(raw, list):
        bundle = {**bundle, "entry": [_with_any_resource(item) for item in raw]}
    issues = check(bundle)
    if issues:
        raise Refused(issues)


def _with_any_resource(item: Any) -> Any:
    held = isinstance(item, dict) and isinstance(item.get("resource"), dict)
    return {**item, "resource": _ANY} if held else item


def _asked(item: Resource, expression: str, full_url: str) -> Entry | Read:
    request = item.get("request")
    if not isinstance(request, dict):
        raise _refused("required", expression, "Chaque entrée porte request : sa méthode et son adresse.")
    method, url = request.get("method", ""), request.get("url", "")
    if method in ("GET", "HEAD"):
        return Read(method=method, url=url, headers=_headers(request))
    path, _, query = url.partition("?")
    type_, _, id_ = path.partition("/")
    place = f"{expression}.request"
    if method not in _TAKEN or "/" in id_ or ":" in type_ or not _TAKEN[method](id_, query):
        raise _refused(
            "not-supported",
            place,
            "Une entrée de transaction se demande par POST Type, PUT, PATCH ou DELETE Type/id ou Type?critère, "
            "ou GET d’une adresse de lecture ou de recherche.",
        )
    resource = item.get("resource")
    if method != "DELETE" and not isinstance(resource, dict):
        raise _refused("required", expression, "Cette entrée demande une ressource (resource).")
    held = resource if isinstance(resource, dict) else {}
    if method in ("POST", "PUT") and (held.get("resourceType") != type_ or (id_ and held.get("id") != id_)):
        sentence = "L’adresse de la requête et la ressource ne désignent pas le même objet."
        raise Refused(Issue("invariant", f"{place}.url", sentence, "FHIR R4, http.html#update"))
    sought = request.get("ifNoneExist", "") if method == "POST" else query
    return Entry(
        expression=expression,
        method=cast(Method, method),
        type=type_,
        id=id_,
        criteria=condition(sought, f"{place}.ifNoneExist" if method == "POST" else f"{place}.url", type_),
        if_match=seen_versions(request.get("ifMatch", ""), f"{place}.ifMatch"),
        if_none_match=seen_versions(request.get("ifNoneMatch", ""), f"{place}.ifNoneMatch", "ifNoneMatch"),
        full_url=full_url,
        resource=held if method in ("POST", "PUT") else {},
        patch=patch_of(held, f"{expression}.resource") if method == "PATCH" else None,
    )


def _either(id_: str, query: str) -> bool:
    """By id or by condition."""
    return bool(id_) != bool(query)


#: Whether an address with this id and this query is one of the method's.
_TAKEN: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "POST": lambda id_, query: not id_ and not query,
    "PUT": _either,
    "PATCH": _either,
    "DELETE": _either,
}


def _headers(request: Resource) -> dict[str, str]:
    given = {"If-None-Match": request.get("ifNoneMatch", ""), "If-Modified-Since": request.get("ifModifiedSince", "")}
    return {name: value for name, value in given.items() if value}


def _refused(code: Literal["required", "not-supported"], expression: str, text: str) -> Refused:
    return Refused(Issue(code, expression, text, _SECTION))
