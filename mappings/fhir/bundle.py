"""Transaction Bundles: entries in, references resolved, response out (R4 4.0.1, https://hl7.org/fhir/R4/http.html#transaction)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import is_not
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

from mappings.fhir.structure import check
from mappings.issues import Issue, Refused

Resource = dict[str, Any]
MAX_ENTRIES: Final = 500
#: Stands for a resource that is checked elsewhere.
_ANY: Final[Resource] = {"resourceType": "Binary", "contentType": "text/plain"}
#: What holds other elements.
_NESTED: Final = (dict, list)
#: Digits of the longest version number.
_LONGEST_VERSION: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing asked of the server: create (POST) or update (PUT) one resource."""

    #: FHIRPath of the entry, e.g. ``Bundle.entry[2]``; empty outside a Bundle.
    expression: str
    method: Literal["POST", "PUT"]
    type: str
    #: Logical id, PUT only; empty for a conditional update.
    id: str = ""
    #: (system, value) of the identifier that a conditional create or update looks for; None when unconditional.
    if_none_exist: tuple[str, str] | None = None
    #: Version that the client saw (If-Match); 0 = not said.
    if_match: int = 0
    full_url: str = ""
    resource: Resource


def entries_of(bundle: Resource) -> tuple[Entry, ...]:
    """The entries of a transaction, in its order; ``Refused`` with every fault."""
    issues: list[Issue] = []
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "transaction":
        raise Refused(
            Issue(
                "value",
                "Bundle.type",
                "La base du serveur reçoit un Bundle de type transaction ; les autres types n’y sont pas admis.",
                "FHIR R4, http.html#transaction",
            )
        )
    _check_around(bundle)
    raw = bundle.get("entry", [])
    if len(raw) > MAX_ENTRIES:
        raise Refused(Issue("too-costly", "Bundle.entry", f"Une transaction tient en {MAX_ENTRIES} entrées au plus."))
    entries = []
    seen: set[str] = set()
    for n, item in enumerate(raw):
        expression = f"Bundle.entry[{n}]"
        full_url = item.get("fullUrl", "")
        if full_url and full_url in seen:
            issues.append(Issue("invariant", f"{expression}.fullUrl", "fullUrl figure deux fois.", "FHIR R4, bdl-7"))
        seen.add(full_url)
        try:
            entries.append(_entry(item, expression, full_url))
        except Refused as refusal:
            issues += refusal.issues
    if issues:
        raise Refused(issues)
    return tuple(entries)


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


def _entry(item: Resource, expression: str, full_url: str) -> Entry:
    request = item.get("request")
    resource = item.get("resource")
    if not isinstance(request, dict) or not isinstance(resource, dict):
        raise Refused(
            Issue(
                "required",
                expression,
                "Chaque entrée d’une transaction porte request et resource.",
                "FHIR R4, http.html#transaction",
            )
        )
    method, url = request.get("method"), request.get("url", "")
    type_, _, id_ = url.partition("/")
    if method not in ("POST", "PUT") or (method == "POST") == bool(id_):
        raise Refused(
            Issue(
                "not-supported",
                f"{expression}.request",
                "Seules la création (POST Type) et la mise à jour (PUT Type/id) sont admises dans une transaction.",
                "FHIR R4, http.html#transaction",
            )
        )
    if resource.get("resourceType") != type_ or (id_ and resource.get("id") != id_):
        raise Refused(
            Issue(
                "invariant",
                f"{expression}.request.url",
                "L’adresse de la requête et la ressource ne désignent pas le même objet.",
                "FHIR R4, http.html#update",
            )
        )
    return Entry(
        expression=expression,
        method=method,
        type=type_,
        id=id_,
        if_none_exist=condition(request.get("ifNoneExist", ""), f"{expression}.request.ifNoneExist"),
        if_match=etag_version(request.get("ifMatch", ""), f"{expression}.request.ifMatch"),
        full_url=full_url,
        resource=resource,
    )


def condition(query: str, expression: str) -> tuple[str, str] | None:
    """(system, value) of ``identifier=system|value``; any other condition is refused rather than half understood."""
    if not query:
        return None
    pairs = parse_qsl(query.partition("?")[2] or query, keep_blank_values=True)
    if len(pairs) == 1 and pairs[0][0] == "identifier" and "|" in pairs[0][1]:
        system, _, value = pairs[0][1].partition("|")
        if system and value and "\x00" not in pairs[0][1]:
            return system, value
    raise Refused(
        Issue(
            "not-supported",
            expression,
            "Une création conditionnelle se fait sur identifier=système|valeur.",
            "FHIR R4, http.html#ccreate",
        )
    )


def etag_version(etag: str, expression: str) -> int:
    """Version of a weak ETag ``W/"3"``; 0 when absent."""
    if not etag:
        return 0
    text = etag.removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > _LONGEST_VERSION:
        raise Refused(
            Issue("value", expression, 'Un ETag de version s\'écrit W/"n".', "FHIR R4, http.html#concurrency")
        )
    return int(text)


def rewritten(node: Any, targets: Mapping[str, str]) -> Any:
    """``node`` with every reference that ``targets`` names put in its place; shared where nothing changes."""
    if isinstance(node, dict):
        changed = {}
        for key, value in node.items():
            if isinstance(value, _NESTED):
                new = rewritten(value, targets)
                if new is not value:
                    changed[key] = new
            elif key == "reference" and value in targets:
                changed[key] = targets[value]
        return {**node, **changed} if changed else node
    if isinstance(node, list):
        items = [rewritten(item, targets) for item in node]
        return items if any(map(is_not, items, node)) else node
    return node


def targets_of(resource: Resource) -> list[str]:
    """Every literal reference of ``resource``, without where it stands: a tenth of the cost of ``references``."""
    found: list[str] = []
    waiting: list[Any] = [resource]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += [item for item in node if isinstance(item, _NESTED)]
            continue
        for key, value in node.items():
            if isinstance(value, _NESTED):
                waiting.append(value)
            elif key == "reference" and isinstance(value, str):
                found.append(value)
    return found


def references(node: Any, expression: str) -> Iterable[tuple[str, str]]:
    """Every literal reference of ``node`` with its FHIRPath."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "reference" and isinstance(value, str):
                yield value, f"{expression}.reference"
            else:
                yield from references(value, f"{expression}.{key}")
    elif isinstance(node, list):
        for n, item in enumerate(node):
            yield from references(item, f"{expression}[{n}]")


def response_bundle(results: Sequence[tuple[str, str, int, str]]) -> Resource:
    """A transaction-response: one entry per (type, id, version, status line), in the order asked."""
    entries = [
        {
            "response": {
                "status": status,
                "location": f"{type_}/{id_}/_history/{version}",
                "etag": f'W/"{version}"',
            }
        }
        for type_, id_, version, status in results
    ]
    return {"resourceType": "Bundle", "type": "transaction-response"} | _if_any(entries)


def searchset(base: str, links: Mapping[str, str], resources: Sequence[Resource]) -> Resource:
    """A searchset of whole resources; ``links`` by relation."""
    entries = [
        {
            "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in resources
    ]
    told = [{"relation": relation, "url": url} for relation, url in links.items()]
    return {"resourceType": "Bundle", "type": "searchset", "link": told} | _if_any(entries)


def _if_any(entries: list[Resource]) -> Resource:
    """FHIR knows no empty list."""
    return {"entry": entries} if entries else {}
