"""The national directory in small: the searches of the Annuaire Santé FHIR API v2 that a caller of ours makes.

https://ansforge.github.io/annuaire-sante-fhir-documentation/ (parameters, errors, paging); FHIR R4, http.html#search.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson
from flask import Blueprint, Response, request

from mappings.codes import systems
from mappings.domain.people import Organization, Practitioner
from mappings.fhir.datatypes import mailbox
from mappings.fhir.organization import organization_to_fhir
from mappings.fhir.practitioner import practitioner_to_fhir
from service.sandbox import interference
from service.sandbox.faults import Faults

PATH: Final = "/annuaire/fhir/v2"
_PAGE: Final = 50
_LARGEST_PAGE: Final = 500

Resource = dict[str, Any]
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Situation:
    """A professional at work in a structure (« situation d'exercice »)."""

    practitioner: Practitioner
    organization: Organization
    #: Personal box that they have there; empty for none beside their own.
    mailbox: str = ""


class _Refusal(Exception):
    def __init__(self, status: int, code: str, diagnostics: str) -> None:
        self.status, self.code, self.diagnostics = status, code, diagnostics


class Directory:
    """Everybody it knows, under technical ids of its own: a caller must key on RPPS and FINESS."""

    def __init__(self, people: Iterable[Practitioner | Organization | Situation] = ()) -> None:
        listed = list(people)
        situations = [one for one in listed if isinstance(one, Situation)]
        practitioners = [one for one in listed if isinstance(one, Practitioner)] + [s.practitioner for s in situations]
        organizations = [one for one in listed if isinstance(one, Organization)] + [s.organization for s in situations]
        by_rpps = {one.rpps: one for one in practitioners}
        by_finess = {one.finess: one for one in organizations}
        practitioner_ids = {rpps: f"003-{n:07d}" for n, rpps in enumerate(by_rpps, 1)}
        organization_ids = {finess: f"001-{n:08d}" for n, finess in enumerate(by_finess, 1)}
        self.resources: dict[str, list[Resource]] = {
            "Practitioner": [
                practitioner_to_fhir(one) | {"id": practitioner_ids[rpps], "active": True}
                for rpps, one in by_rpps.items()
            ],
            "Organization": [
                organization_to_fhir(one) | {"id": organization_ids[finess], "active": True}
                for finess, one in by_finess.items()
            ],
            "PractitionerRole": [
                {
                    "resourceType": "PractitionerRole",
                    "id": f"005-{n:07d}",
                    "active": True,
                    "practitioner": {"reference": f"Practitioner/{practitioner_ids[s.practitioner.rpps]}"},
                    "organization": {"reference": f"Organization/{organization_ids[s.organization.finess]}"},
                }
                | ({"telecom": [mailbox(s.mailbox, "PER")]} if s.mailbox else {})
                for n, s in enumerate(dict.fromkeys(situations), 1)
            ],
        }

    def read(self, type_: str, id_: str) -> Resource | None:
        return next((one for one in self.resources[type_] if one["id"] == id_), None)

    def search(self, type_: str, pairs: Pairs, offset: int, base: str) -> Resource:
        """A searchset; an unknown parameter is refused, not ignored."""
        found = list(self.resources[type_])
        count = _PAGE
        for name, value in pairs:
            if name in _INCLUDES or name in {"_total", "_format"}:
                continue
            if name == "_count":
                count = _count(value)
            elif name in _TESTS[type_]:
                test = _TESTS[type_][name]
                found = [one for one in found if any(test(one, choice) for choice in value.split(","))]
            else:
                raise _Refusal(400, "invalid", f"Parameter {name} not found for {type_}")
        page = found[offset : offset + count]
        included = self._included(type_, pairs, page)
        entries = [_entry(base, one, "match") for one in page] + [_entry(base, one, "include") for one in included]
        links = [{"relation": "self", "url": f"{base}/{type_}?{urlencode(pairs)}"}]
        if offset + count < len(found):
            links.append({"relation": "next", "url": f"{base}/_page?id={_page_id(type_, pairs, offset + count)}"})
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "link": links,
        } | ({"entry": entries} if entries else {})

    def _included(self, type_: str, pairs: Pairs, page: list[Resource]) -> list[Resource]:
        included: list[Resource] = []
        for name, value in pairs:
            if name in _INCLUDES and value not in _INCLUDES[name].get(type_, ()):
                raise _Refusal(400, "invalid", f"{name} {value} not supported for {type_}")
            if name == "_include":
                target = value.rpartition(":")[2]
                references = {one[target]["reference"] for one in page}
                included += [one for reference in sorted(references) if (one := self._resolve(reference))]
            if name == "_revinclude":
                matched = {f"{type_}/{one['id']}" for one in page}
                target = value.rpartition(":")[2]
                included += [one for one in self.resources["PractitionerRole"] if one[target]["reference"] in matched]
        return included

    def _resolve(self, reference: str) -> Resource | None:
        type_, _, id_ = reference.partition("/")
        return self.read(type_, id_)


_INCLUDES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "_include": {"PractitionerRole": ("PractitionerRole:organization", "PractitionerRole:practitioner")},
    "_revinclude": {
        "Practitioner": ("PractitionerRole:practitioner",),
        "Organization": ("PractitionerRole:organization",),
    },
}


def _has_id(resource: Resource, value: str) -> bool:
    return bool(resource["id"] == value)


def _is_active(resource: Resource, value: str) -> bool:
    return resource["active"] is (value == "true")


def _has_identifier(resource: Resource, value: str) -> bool:
    return any(_token(value, one["system"], one["value"]) for one in resource["identifier"])


def _has_qualification(resource: Resource, value: str) -> bool:
    codings = [coding for one in resource.get("qualification", ()) for coding in one["code"]["coding"]]
    return any(_token(value, coding["system"], coding["code"]) for coding in codings)


def _token(asked: str, system: str, value: str) -> bool:
    """``system|value``, ``|value`` or ``value`` (search.html#token)."""
    wanted, bar, rest = asked.partition("|")
    return (wanted, rest) == (system, value) if bar and wanted else (rest if bar else wanted) == value


def _mailboxes(resource: Resource) -> list[str]:
    return [
        telecom["value"]
        for telecom in resource.get("telecom", ())
        if any(e.get("valueCoding", {}).get("system") == systems.MAILBOX_TYPE for e in telecom.get("extension", ()))
    ]


def _mailbox_starts(resource: Resource, value: str) -> bool:
    return any(one.lower().startswith(value.lower()) for one in _mailboxes(resource))


def _mailbox_is(resource: Resource, value: str) -> bool:
    return value in _mailboxes(resource)


def _mailbox_contains(resource: Resource, value: str) -> bool:
    return any(value.lower() in one.lower() for one in _mailboxes(resource))


def _refers(element: str, type_: str) -> Callable[[Resource, str], bool]:
    def refers(resource: Resource, value: str) -> bool:
        return bool(resource[element]["reference"] == f"{type_}/{value.removeprefix(f'{type_}/')}")

    return refers


_EVERYWHERE: Final = {"_id": _has_id, "active": _is_active}
_MAILBOX: Final = {
    "mailbox-mss": _mailbox_starts,
    "mailbox-mss:exact": _mailbox_is,
    "mailbox-mss:contains": _mailbox_contains,
}
#: Parameters served, by type; ``mailbox-mss-type`` is announced by the guide and not served.
_TESTS: Final[Mapping[str, Mapping[str, Callable[[Resource, str], bool]]]] = {
    "Practitioner": {
        **_EVERYWHERE,
        **_MAILBOX,
        "identifier": _has_identifier,
        "qualification-code": _has_qualification,
    },
    "Organization": {**_EVERYWHERE, **_MAILBOX, "identifier": _has_identifier},
    "PractitionerRole": {
        **_EVERYWHERE,
        **_MAILBOX,
        "practitioner": _refers("practitioner", "Practitioner"),
        "organization": _refers("organization", "Organization"),
    },
}


def _count(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= _LARGEST_PAGE:
        raise _Refusal(400, "invalid", f"_count is a number from 1 to {_LARGEST_PAGE}")
    return int(value)


def _entry(base: str, resource: Resource, mode: str) -> Resource:
    return {
        "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
        "resource": resource,
        "search": {"mode": mode},
    }


def _page_id(type_: str, pairs: Pairs, offset: int) -> str:
    return urlsafe_b64encode(urlencode([("type", type_), ("offset", str(offset)), *pairs]).encode()).decode()


def _page_of(page_id: str) -> tuple[str, Pairs, int]:
    try:
        (_, type_), (_, offset), *pairs = parse_qsl(urlsafe_b64decode(page_id).decode(), keep_blank_values=True)
        if type_ not in _TESTS:
            raise ValueError(type_)
        return type_, pairs, int(offset)
    except (ValueError, binascii.Error) as error:
        raise _Refusal(410, "expired", "unknown page") from error


def directory_blueprint(directory: Directory, faults: Faults, key: str = "") -> Blueprint:
    """The routes; with ``key`` that key only, else any key, never none."""
    blueprint = Blueprint("directory", __name__, url_prefix=PATH)

    def _play(answer: Callable[[str], Resource], pairs: Pairs) -> Response:
        fault = faults.take("directory", "search", [value.rpartition("|")[2] for _, value in pairs])
        if fault is not None and fault.kind == "slow":
            interference.wait(fault)
        if fault is not None and fault.kind in interference.GATEWAY:
            return interference.gateway_answer(fault)
        try:
            given = request.headers.get("ESANTE-API-KEY", "")
            if not given or (key and given != key):
                raise _Refusal(401, "login", "ESANTE-API-KEY missing or unknown")
            resource, status = answer(request.host_url.rstrip("/") + PATH), 200
        except _Refusal as refusal:
            resource, status = _outcome(refusal), refusal.status
        response = Response(orjson.dumps(resource), status=status, content_type="application/fhir+json;charset=UTF-8")
        return interference.spoil(fault, response)

    @blueprint.get("/<any(Practitioner, PractitionerRole, Organization):type_>")
    @blueprint.post("/<any(Practitioner, PractitionerRole, Organization):type_>/_search")
    def search(type_: str) -> Response:
        pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
        return _play(lambda base: directory.search(type_, pairs, 0, base), pairs)

    @blueprint.get("/<any(Practitioner, PractitionerRole, Organization):type_>/<id_>")
    def read(type_: str, id_: str) -> Response:
        def found(base: str) -> Resource:
            resource = directory.read(type_, id_)
            if resource is None:
                raise _Refusal(404, "not-found", f"no such {type_}")
            return resource

        return _play(found, [])

    @blueprint.get("/_page")
    def page() -> Response:
        def following(base: str) -> Resource:
            type_, pairs, offset = _page_of(request.args.get("id", ""))
            return directory.search(type_, pairs, offset, base)

        return _play(following, [])

    return blueprint


def _outcome(refusal: _Refusal) -> Resource:
    issue = {"severity": "error", "code": refusal.code, "diagnostics": refusal.diagnostics}
    return {"resourceType": "OperationOutcome", "issue": [issue]}
