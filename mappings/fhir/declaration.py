"""A declared list as Task ``declare-team`` (profile ``binome-task``): the real declaration is on the State portal.

One Task for each state of a dossier: its members are contained Practitioners, each an ``input`` whose type is the
function. What was put aside of the dossier is its ``output``. R4 4.0.1, https://hl7.org/fhir/R4/task.html.
"""

import base64
import datetime as dt
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.cooperation import Function
from mappings.domain.declaration import Declaration, DeclarationState, Member, Referent, Remark
from mappings.domain.identity import logical_id, team_id, team_identifier
from mappings.elements import Json, parse_instant
from mappings.fhir.datatypes import codeable_concept, coding, identifier, meta, print_date, print_instant, reference
from mappings.fhir.organization import FICTITIOUS_NAME
from mappings.fhir.practitioner import FICTITIOUS_RPPS
from mappings.fhir.task import BUSINESS_STATUS, PROFILE, TASK_CODE

CODE: Final = "declare-team"
#: Business identifier of the dossier, the same in each of its states.
DOSSIER: Final = f"{systems.IDENTIFIER}dossier"
#: Service of the administration that examines it, as the portal numbers it.
AUTHORITY: Final = f"{systems.IDENTIFIER}authority"
#: National number of who has no RPPS yet (historic register).
ADELI: Final = f"{systems.IDENTIFIER}adeli"
#: What an input or an output of a declaration is.
PART: Final = f"{systems.CODE_SYSTEM}binome-declaration"

_STATES: Final[dict[DeclarationState, str]] = {
    "draft": "draft",
    "lodged": "requested",
    "examined": "received",
    "accepted": "completed",
    "refused": "rejected",
    "closed": "cancelled",
}
_STATES_BACK: Final = {status: state for state, status in _STATES.items()}
_SILENT: Final = {"refused": "Dossier refusé.", "closed": "Dossier classé sans suite."}
_FUNCTIONS: Final[tuple[Function, ...]] = ("DELEGATOR", "DELEGATEE")


def task_id(dossier: str, declared: dt.datetime) -> str:
    """The same state of the same dossier is the same resource, whenever and however often it comes."""
    return logical_id("declaration", dossier, declared.isoformat())


def declaration_to_fhir(declaration: Declaration, *, organization_id: str = "", team: bool = False) -> Json:
    """``organization_id``: the structure as it is kept here; ``team``: whether its CareTeam is, too."""
    one = declaration
    id_ = task_id(one.dossier, one.declared)
    task: Json = {
        "resourceType": "Task",
        "id": id_,
        "meta": meta(PROFILE, fictitious=_is_fictitious(one)),
        "contained": [_contained(n, member) for n, member in enumerate(one.members, 1)],
        "identifier": [identifier(f"{systems.IDENTIFIER}task", id_), identifier(DOSSIER, one.dossier)],
        "status": _STATES[one.state],
        "statusReason": {"text": one.reason or _SILENT[one.state]} if one.state in _SILENT else {},
        "businessStatus": _business_status(one),
        "intent": "order",
        "priority": "routine",
        "code": codeable_concept(coding(TASK_CODE, CODE)),
        "focus": _focus(one, team=team),
        "executionPeriod": _execution(one),
        "authoredOn": print_instant(one.declared),
        "lastModified": print_instant(one.modified),
        "requester": _requester(one, organization_id),
        "owner": _owner(one),
        "input": _inputs(one),
        "output": _outputs(one),
    }
    return {key: value for key, value in task.items() if value not in ({}, [], "")}


def declaration_from_fhir(task: Json) -> Declaration:
    """What was written here is read back; these Tasks are the server's, nobody else writes them."""
    people = {f"#{one['id']}": one for one in task.get("contained", ())}
    inputs = [(_code(part), part) for part in task.get("input", ())]
    outputs = [(_code(part), part) for part in task.get("output", ())]
    state = _STATES_BACK[task["status"]]
    decided = task.get("executionPeriod", {}).get("end")
    reason = task.get("statusReason", {}).get("text", "")
    return Declaration(
        dossier=next(i["value"] for i in task["identifier"] if i["system"] == DOSSIER),
        receipt=next((part["valueIdentifier"]["value"] for code, part in outputs if code == "receipt"), ""),
        declared=_instant(task["authoredOn"]),
        modified=_instant(task["lastModified"]),
        state=state,
        decided=_instant(decided) if decided else None,
        reason="" if reason == _SILENT.get(state) else reason,
        digest=next(base64.b64decode(part["valueBase64Binary"]) for code, part in inputs if code == "digest"),
        protocol=next((part["valueCanonical"] for code, part in inputs if code == "protocol"), ""),
        finess=task["requester"].get("identifier", {}).get("value", ""),
        structure=task["requester"].get("display", ""),
        facility_type=next((part["valueCoding"]["code"] for code, part in inputs if code == "facility-type"), ""),
        authority=(task["owner"].get("identifier", {}).get("value", ""), task["owner"].get("display", "")),
        revision=next((part["valueString"] for code, part in inputs if code == "revision"), ""),
        referent=next((_referent(part["valueContactDetail"]) for code, part in inputs if code == "referent"), None),
        members=tuple(
            _member(code, people[part["valueReference"]["reference"]], part)
            for code, part in inputs
            if code in _FUNCTIONS
        ),
        remarks=tuple(_remark(code, part["valueString"]) for code, part in outputs if code in _REMARKS),
    )


def _is_fictitious(declaration: Declaration) -> bool:
    """About nobody: a structure that does not exist, or professionals whose numbers belong to nobody."""
    numbers = [m.rpps for m in declaration.members if m.rpps]
    return declaration.structure.endswith(FICTITIOUS_NAME) or (
        bool(numbers) and all(number.startswith(FICTITIOUS_RPPS) for number in numbers)
    )


def _contained(n: int, member: Member) -> Json:
    number = identifier(systems.RPPS, member.rpps) if member.rpps else identifier(ADELI, member.adeli)
    return {
        "resourceType": "Practitioner",
        "id": f"membre-{n}",
        "identifier": [number],
        "name": [{"family": member.family, "given": [member.given]}],
        "qualification": [{"code": codeable_concept(coding(systems.PROFESSION, member.profession))}],
    }


def _member(function: Any, person: Json, part: Json) -> Member:
    numbers = {one["system"]: one["value"] for one in person["identifier"]}
    since = next((e["valueDate"] for e in part.get("extension", ()) if e["url"] == _SINCE), "")
    return Member(
        function=function,
        family=person["name"][0]["family"],
        given=person["name"][0]["given"][0],
        profession=person["qualification"][0]["code"]["coding"][0]["code"],
        rpps=numbers.get(systems.RPPS, ""),
        adeli=numbers.get(ADELI, ""),
        since=dt.date.fromisoformat(since) if since else None,
    )


#: From when a member is in the team, as the list says it.
_SINCE: Final = f"{systems.PROFILE}member-since"


def _inputs(one: Declaration) -> list[Json]:
    parts: list[Json] = []
    if one.protocol:
        parts.append(_part("protocol", valueCanonical=one.protocol))
    if one.facility_type:
        parts.append(_part("facility-type", valueCoding=coding(systems.FACILITY, one.facility_type)))
    if one.referent:
        telecom = [
            {"system": system, "value": value}
            for system, value in (("email", one.referent.email), ("phone", one.referent.phone))
            if value
        ]
        detail = {"name": one.referent.name} | ({"telecom": telecom} if telecom else {})
        parts.append(_part("referent", valueContactDetail=detail))
    if one.revision:
        parts.append(_part("revision", valueString=one.revision))
    parts.append(_part("digest", valueBase64Binary=base64.b64encode(one.digest).decode()))
    for n, member in enumerate(one.members, 1):
        since = [{"url": _SINCE, "valueDate": print_date(member.since)}] if member.since else []
        parts.append(
            ({"extension": since} if since else {})
            | {
                "type": codeable_concept(coding(systems.ROLE_CODE, member.function)),
                "valueReference": {"reference": f"#membre-{n}"},
            }
        )
    return parts


def _outputs(one: Declaration) -> list[Json]:
    receipt = [_part("receipt", valueIdentifier=identifier(DOSSIER, one.receipt))] if one.receipt else []
    return receipt + [_part(_remark_code(r), valueString=_print_remark(r)) for r in one.remarks]


def _part(code: str, **value: Any) -> Json:
    return {"type": codeable_concept(coding(PART, code))} | value


def _code(part: Json) -> Any:
    return part["type"]["coding"][0]["code"]


_REMARKS: Final = ("aside", "doubt")


def _remark_code(remark: Remark) -> str:
    return "aside" if remark.aside else "doubt"


def _print_remark(remark: Remark) -> str:
    return f"{f'Ligne {remark.row}' if remark.row else 'Dossier'} : {remark.text}"


def _remark(code: str, text: str) -> Remark:
    where, _, sentence = text.partition(" : ")
    row = int(where.removeprefix("Ligne ")) if where.startswith("Ligne ") else 0
    return Remark(row=row, text=sentence, aside=code == "aside")


def _business_status(one: Declaration) -> Json:
    code = "dossier-aside" if one.is_aside else "rows-aside" if one.has_rows_aside else ""
    return codeable_concept(coding(BUSINESS_STATUS, code)) if code else {}


def _focus(one: Declaration, *, team: bool) -> Json:
    if not one.protocol or not one.finess:
        return {"display": "Équipe que le dossier ne permet pas de reconnaître"}
    number = team_identifier(one.protocol, one.finess)
    named = identifier(f"{systems.IDENTIFIER}team", number)
    return reference("CareTeam", team_id(number), named) if team else {"identifier": named}


def _requester(one: Declaration, organization_id: str) -> Json:
    if not one.finess:
        return {"display": one.structure or "Structure que le dossier ne permet pas de reconnaître"}
    named = identifier(systems.FINESS, one.finess)
    told = reference("Organization", organization_id, named) if organization_id else {"identifier": named}
    return told | ({"display": one.structure} if one.structure else {})


def _owner(one: Declaration) -> Json:
    number, label = one.authority
    named = {"identifier": identifier(AUTHORITY, number)} if number else {}
    return named | {"display": label or "Agence régionale de santé"}


def _execution(one: Declaration) -> Json:
    if one.state not in ("accepted", "refused", "closed"):
        return {}
    return {"start": print_instant(one.declared), "end": print_instant(max(one.decided or one.modified, one.declared))}


def _referent(detail: Json) -> Referent:
    telecom = {one["system"]: one["value"] for one in detail.get("telecom", ())}
    return Referent(name=detail["name"], email=telecom.get("email", ""), phone=telecom.get("phone", ""))


def _instant(text: str) -> dt.datetime:
    instant = parse_instant(text)
    if instant is None:
        raise LookupError("an instant of a declaration is none")
    return instant
