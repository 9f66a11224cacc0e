"""Who did what on whose behalf, bound to stored bytes (Provenance, R4 4.0.1).

https://hl7.org/fhir/R4/provenance.html; profile ``binome-provenance``. ``agent.onBehalfOf`` holds the délégant's
enrolment; the ``chain`` extension holds the link over the target's bytes.
"""

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mappings.codes import systems
from mappings.domain.act import DelegatedAct
from mappings.domain.judgement import Judgement
from mappings.domain.protocol import Override, Protocol
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.datatypes import identifier, meta, print_date, print_instant, rpps_reference
from mappings.fhir.execution import execution_of

PROFILE = f"{systems.PROFILE}binome-provenance"
Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """The link that a Provenance shows: its number, what it follows, the SHA-256 of the bytes, its digest."""

    sequence: int
    previous: bytes
    content: bytes
    digest: bytes


def act_provenance(
    act: DelegatedAct,
    *,
    id: str,
    recorded: dt.datetime,
    sources: Sequence[str],
    texts: Sequence[str],
    judgement: Judgement | None,
    fictitious: bool,
    recipient: Resource | None = None,
) -> Resource:
    """The délégué performed, on behalf of the délégant who answers for the delegation.

    ``sources`` are the versioned references relied on (consent, inclusion…), ``texts`` the legal texts' URLs;
    ``judgement`` is what the protocol said of the exam; ``recipient`` is who had to read it, the délégant being away.
    """
    delegatee = rpps_reference("PractitionerRole", act.delegatee_id, act.delegatee_rpps)
    delegator = rpps_reference("PractitionerRole", act.delegator_id, act.delegator_rpps)
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious=fictitious),
        **({"extension": [execution_of(judgement)]} if judgement else {}),
        "target": [{"reference": f"Procedure/{act.id}/_history/1"}],
        "occurredDateTime": print_instant(act.start),
        "recorded": print_instant(recorded),
        "policy": [act.protocol, *texts],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "CREATE"}]},
        "agent": [
            {
                "type": _type(systems.PROVENANCE_PARTICIPANT, "performer"),
                "role": [_type(systems.ROLE_CODE, "DELEGATEE")],
                "who": delegatee,
                "onBehalfOf": delegator,
            },
            {
                "type": _type(systems.PARTICIPATION_TYPE, "RESP"),
                "role": [_type(systems.ROLE_CODE, "DELEGATOR")],
                "who": delegator,
            },
            _assembler(),
            *([{"type": _type(systems.PARTICIPATION_TYPE, "IRCP"), "who": recipient}] if recipient else []),
        ],
        "entity": [{"role": "source", "what": {"reference": source}} for source in sources],
    }


def acknowledgement_provenance(
    *, id: str, focus: str, task: str, owner: Resource, policy: str, recorded: dt.datetime, fictitious: bool
) -> Resource:
    """The délégant verified: same version of the act (or of the inclusion) and the task as targets, nobody else's behalf."""
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious=fictitious),
        # the chain extension shows the link over the first target
        "target": [{"reference": task}, {"reference": focus}],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "activity": {"coding": [{"system": systems.LIFECYCLE, "code": "verify"}]},
        "agent": [
            {
                "type": _type(systems.PROVENANCE_PARTICIPANT, "verifier"),
                "role": [_type(systems.ROLE_CODE, "DELEGATOR")],
                "who": owner,
            },
            _assembler(),
        ],
    }


def retraction_provenance(
    procedure: Resource, *, id: str, belongings: Sequence[str], rpps: str, policy: str, recorded: dt.datetime
) -> Resource:
    """Somebody told that ``procedure``, the version that says so, was entered in error, with its ``belongings``.

    ``rpps`` is of the professional who was identified; when nobody was, the act's structure answers for its software.
    """
    me, version = f"Procedure/{procedure['id']}", int(procedure["meta"]["versionId"])
    targets = [f"{me}/_history/{version}", *belongings]
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious="security" in procedure["meta"]),
        # the chain extension shows the link over the first target
        "target": [{"reference": target} for target in targets],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "NULLIFY"}]},
        "agent": [
            {"type": _type(systems.PROVENANCE_PARTICIPANT, "enterer"), **_enterer(procedure, rpps)},
            _assembler(),
        ],
        "entity": [{"role": "revision", "what": {"reference": f"{me}/_history/{version - 1}"}}],
    }


def correction_provenance(
    procedure: Resource,
    *,
    id: str,
    changed: Sequence[Resource],
    sources: Sequence[str],
    texts: Sequence[str],
    judgement: Judgement | None,
    rpps: str,
    policy: str,
    reason: str,
    recorded: dt.datetime,
) -> Resource:
    """Somebody corrected ``procedure``, the version that says so, with ``changed``, what belongs to it and was changed too.

    ``sources`` are the versioned references that it rests on, what belongs to it and stays among them; ``judgement`` is
    what the protocol says of it now.
    """
    me, version = f"Procedure/{procedure['id']}", int(procedure["meta"]["versionId"])
    targets = [f"{me}/_history/{version}", *(_versioned(one) for one in changed)]
    before = [
        f"{me}/_history/{version - 1}",
        *(_versioned(one, 1) for one in changed if one["meta"]["versionId"] != "1"),
    ]
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious="security" in procedure["meta"]),
        **({"extension": [execution_of(judgement)]} if judgement else {}),
        # the chain extension shows the link over the first target
        "target": [{"reference": target} for target in targets],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy, *texts],
        **({"reason": [{"text": reason}]} if reason else {}),
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "UPDATE"}]},
        "agent": [
            {
                "type": _type(systems.PROVENANCE_PARTICIPANT, "enterer"),
                **_enterer(procedure, rpps),
            },
            _assembler(),
        ],
        "entity": [
            *({"role": "revision", "what": {"reference": one}} for one in before),
            *({"role": "source", "what": {"reference": one}} for one in sources),
        ],
    }


def countersignature_provenance(
    procedure: Resource, former: Resource, sources: Sequence[str], *, id: str, recorded: dt.datetime
) -> Resource:
    """The délégant of ``procedure`` vouches for what its version says, which is what the one before said.

    ``former`` is the proof of that one: what was judged is told again; ``sources`` are all that it is made of.
    """
    me, version = f"Procedure/{procedure['id']}", int(procedure["meta"]["versionId"])
    judged = [one for one in former.get("extension", ()) if one["url"] == systems.EXT_EXECUTION]
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious="security" in procedure["meta"]),
        **({"extension": judged} if judged else {}),
        # the chain extension shows the link over the first target
        "target": [{"reference": f"{me}/_history/{version}"}],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": former["policy"],
        "activity": {"coding": [{"system": systems.LIFECYCLE, "code": "verify"}]},
        "agent": [
            {
                "type": _type(systems.PROVENANCE_PARTICIPANT, "verifier"),
                "role": [_type(systems.ROLE_CODE, "DELEGATOR")],
                "who": delegator_of(procedure),
            },
            _assembler(),
        ],
        "entity": [
            {"role": "revision", "what": {"reference": f"{me}/_history/{version - 1}"}},
            *({"role": "source", "what": {"reference": one}} for one in sources),
        ],
    }


def reason_of(provenance: Resource) -> str:
    """Why, in words; empty when nobody said."""
    return " ".join(one["text"] for one in provenance.get("reason", ()) if one.get("text"))


def countersigned_at(provenance: Resource) -> dt.datetime | None:
    """When the délégant vouched for the version that this proves; None when it proves something else."""
    codes = [one.get("code") for one in provenance.get("activity", {}).get("coding", ())]
    return dt.datetime.fromisoformat(provenance["recorded"]) if "verify" in codes else None


def _versioned(resource: Resource, back: int = 0) -> str:
    version = int(resource["meta"]["versionId"]) - back
    return f"{resource['resourceType']}/{resource['id']}/_history/{version}"


def replay_provenance(
    procedure: Resource, *, id: str, targets: Sequence[str], rpps: str, policy: str, recorded: dt.datetime
) -> Resource:
    """Somebody, by name, had a report of ``procedure`` sent again that had not arrived; ``targets``: the tasks done by it."""
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious="security" in procedure["meta"]),
        "target": [{"reference": target} for target in targets],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "REACTIVATE"}]},
        "agent": [
            {"type": _type(systems.PROVENANCE_PARTICIPANT, "enterer"), **_enterer(procedure, rpps)},
            _assembler(),
        ],
    }


def decision_provenance(
    consent: Resource, *, id: str, ended: Sequence[str], rpps: str, recorded: dt.datetime
) -> Resource:
    """The patient decided what ``consent``, the version that says so, holds; ``ended`` are the versions that follow from it.

    ``rpps`` is of the professional who entered it; when nobody was identified, the structure answers for its software.
    """
    me, version = f"Consent/{consent['id']}", int(consent["meta"]["versionId"])
    targets = [f"{me}/_history/{version}", *ended]
    who = {"identifier": {"system": systems.RPPS, "value": rpps}} if rpps else consent["organization"][0]
    revision = [{"role": "revision", "what": {"reference": f"{me}/_history/{version - 1}"}}] if version > 1 else []
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious="security" in consent["meta"]),
        # the chain extension shows the link over the first target
        "target": [{"reference": target} for target in targets],
        "occurredDateTime": consent["dateTime"] if version == 1 else print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy["uri"] for policy in consent["policy"] if "uri" in policy],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "UPDATE" if version > 1 else "CREATE"}]},
        "agent": [
            {"type": _type(systems.PROVENANCE_PARTICIPANT, "author"), "who": consent["patient"]},
            {"type": _type(systems.PROVENANCE_PARTICIPANT, "enterer"), "who": who},
            _assembler(),
        ],
    } | ({"entity": revision} if revision else {})


def adverse_event_provenance(event: Resource, act: Resource, *, id: str, rpps: str, recorded: dt.datetime) -> Resource:
    """Somebody reported ``event``, the version that says so, about ``act``."""
    me, version = f"AdverseEvent/{event['id']}", int(event["meta"]["versionId"])
    about = [{"role": "source", "what": {"reference": f"Procedure/{act['id']}/_history/{act['meta']['versionId']}"}}]
    revision = [{"role": "revision", "what": {"reference": f"{me}/_history/{version - 1}"}}] if version > 1 else []
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious="security" in act["meta"]),
        "target": [{"reference": f"{me}/_history/{version}"}],
        "occurredDateTime": event["detected"],
        "recorded": print_instant(recorded),
        "policy": [next(c for c in act["instantiatesCanonical"] if c.startswith(systems.PLAN_DEFINITION))],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "UPDATE" if version > 1 else "CREATE"}]},
        "agent": [{"type": _type(systems.PROVENANCE_PARTICIPANT, "enterer"), **_enterer(act, rpps)}, _assembler()],
        "entity": [*about, *revision],
    }


def _enterer(procedure: Resource, rpps: str) -> Resource:
    performer = procedure["performer"][0]
    delegatee, delegator = performer["actor"], delegator_of(procedure)
    if not rpps:
        return {"who": performer["onBehalfOf"]}
    if delegatee["identifier"]["value"] == rpps:
        return {"role": [_type(systems.ROLE_CODE, "DELEGATEE")], "who": delegatee, "onBehalfOf": delegator}
    if delegator["identifier"]["value"] == rpps:
        return {"role": [_type(systems.ROLE_CODE, "DELEGATOR")], "who": delegator}
    return {"who": {"identifier": {"system": systems.RPPS, "value": rpps}}}


def override_provenance(
    protocol: Protocol, override: Override, *, id: str, target: str, recorded: dt.datetime
) -> Resource:
    """A clinician, by name, answers for the exclusions that the definition does not list."""
    who = {
        "type": "Practitioner",
        "identifier": identifier(systems.RPPS, override.rpps),
        "display": override.by,
    }
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE),
        "target": [{"reference": target}],
        "occurredDateTime": print_date(override.on),
        "recorded": print_instant(recorded),
        "policy": [protocol.canonical],
        "reason": [{"text": override.reason}],
        "activity": {"coding": [{"system": systems.LIFECYCLE, "code": "verify"}]},
        "agent": [{"type": _type(systems.PROVENANCE_PARTICIPANT, "verifier"), "who": who}, _assembler()],
    }


def declaration_provenance(
    *,
    id: str,
    targets: Sequence[str],
    dossier: Resource,
    author: Resource,
    policy: str,
    declared: dt.datetime,
    recorded: dt.datetime,
    fictitious: bool,
) -> Resource:
    """A declared list was taken in from ``dossier``, its structure being the author; the Task is the first target."""
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious=fictitious),
        "target": [{"reference": target} for target in targets],
        "occurredDateTime": print_instant(declared),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "activity": {"coding": [{"system": systems.LIFECYCLE, "code": "receive"}]},
        "agent": [{"type": _type(systems.PROVENANCE_PARTICIPANT, "author"), "who": author}, _assembler()],
        "entity": [{"role": "source", "what": {"identifier": dossier}}],
    }


def suspension_provenance(
    *, id: str, target: str, source: str, policy: str, day: dt.date, recorded: dt.datetime, fictitious: bool
) -> Resource:
    """The server suspended an enrolment whose training has expired: nobody decided, a date had passed."""
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious=fictitious),
        "target": [{"reference": target}],
        "occurredDateTime": day.isoformat(),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "reason": [{"text": "La formation exigée par le protocole n’est plus valide."}],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "SUSPEND"}]},
        "agent": [_assembler()],
        "entity": [{"role": "revision", "what": {"reference": source}}],
    }


def readdressing_provenance(
    *, id: str, task: str, sources: Sequence[str], policy: str, reason: str, recorded: dt.datetime, fictitious: bool
) -> Resource:
    """The server gave a task to somebody else: nobody decided, a délégant was away or a time had passed.

    ``task`` is the version that says so, ``sources`` the enrolments that it was decided from.
    """
    name, _, version = task.rpartition("/")
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE, fictitious=fictitious),
        "target": [{"reference": task}],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "reason": [{"text": reason}],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "UPDATE"}]},
        "agent": [_assembler()],
        "entity": [
            {"role": "revision", "what": {"reference": f"{name}/{int(version) - 1}"}},
            *({"role": "source", "what": {"reference": source}} for source in sources),
        ],
    }


def arrangement_provenance(
    *, id: str, team: str, organization: str, policy: str, rpps: str, recorded: dt.datetime
) -> Resource:
    """Somebody told how a team is reached; ``rpps`` is of who was identified, else its structure answers for its software."""
    identified: Resource = {"identifier": {"system": systems.RPPS, "value": rpps}}
    who = identified if rpps else {"reference": f"Organization/{organization}"}
    name, _, version = team.rpartition("/")
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE),
        "target": [{"reference": team}],
        "occurredDateTime": print_instant(recorded),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": "UPDATE"}]},
        "agent": [{"type": _type(systems.PROVENANCE_PARTICIPANT, "enterer"), "who": who}, _assembler()],
        "entity": [{"role": "revision", "what": {"reference": f"{name}/{int(version) - 1}"}}],
    }


def protocol_event_provenance(
    *,
    id: str,
    target: str,
    version: int,
    activity: str,
    policy: str,
    day: dt.date,
    who: Resource,
    reason: str,
    source: str,
    recorded: dt.datetime,
) -> Resource:
    """An authority, or a reviewer, decided of a protocol: ``version`` of its record says what; ``source`` where to read it."""
    entity = [{"role": "source", "what": {"display": source}}] if source else []
    if version > 1:
        entity.append({"role": "revision", "what": {"reference": f"{target}/_history/{version - 1}"}})
    return {
        "resourceType": "Provenance",
        "id": id,
        "meta": meta(PROFILE),
        "target": [{"reference": f"{target}/_history/{version}"}],
        "occurredDateTime": print_date(day),
        "recorded": print_instant(recorded),
        "policy": [policy],
        "reason": [{"text": reason}],
        "activity": {"coding": [{"system": systems.DATA_OPERATION, "code": activity}]},
        "agent": [{"type": _type(systems.PROVENANCE_PARTICIPANT, "author"), "who": who}, _assembler()],
    } | ({"entity": entity} if entity else {})


def with_chain(provenance: Resource, link: ChainLink) -> Resource:
    """``provenance`` showing ``link``."""
    chain = {
        "url": systems.EXT_CHAIN,
        "extension": [
            {"url": "sequence", "valuePositiveInt": link.sequence},
            {"url": "previous", "valueBase64Binary": base64.b64encode(link.previous).decode()},
            {"url": "content", "valueBase64Binary": base64.b64encode(link.content).decode()},
            {"url": "digest", "valueBase64Binary": base64.b64encode(link.digest).decode()},
        ],
    }
    head = {key: provenance[key] for key in ("resourceType", "id", "meta")}
    extensions = [chain, *provenance.get("extension", ())]
    return {**head, "extension": extensions, **{k: v for k, v in provenance.items() if k not in (*head, "extension")}}


def _type(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _assembler() -> Resource:
    return {"type": _type(systems.PROVENANCE_PARTICIPANT, "assembler"), "who": {"reference": "Device/binome"}}
