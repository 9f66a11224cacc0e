"""Of an act: accepted, read, corrected, countersigned, entered in error; and of an adverse event."""

import datetime as dt
from collections.abc import Sequence

from mappings.codes import systems
from mappings.domain.act import DelegatedAct
from mappings.domain.judgement import Judgement
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.datatypes import meta, print_instant, rpps_reference
from mappings.fhir.execution import execution_of
from mappings.fhir.provenance.elements import PROFILE, Resource, assembler, enterer, typed, versioned


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
                "type": typed(systems.PROVENANCE_PARTICIPANT, "performer"),
                "role": [typed(systems.ROLE_CODE, "DELEGATEE")],
                "who": delegatee,
                "onBehalfOf": delegator,
            },
            {
                "type": typed(systems.PARTICIPATION_TYPE, "RESP"),
                "role": [typed(systems.ROLE_CODE, "DELEGATOR")],
                "who": delegator,
            },
            assembler(),
            *([{"type": typed(systems.PARTICIPATION_TYPE, "IRCP"), "who": recipient}] if recipient else []),
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
                "type": typed(systems.PROVENANCE_PARTICIPANT, "verifier"),
                "role": [typed(systems.ROLE_CODE, "DELEGATOR")],
                "who": owner,
            },
            assembler(),
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
            {"type": typed(systems.PROVENANCE_PARTICIPANT, "enterer"), **enterer(procedure, rpps)},
            assembler(),
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
    targets = [f"{me}/_history/{version}", *(versioned(one) for one in changed)]
    before = [
        f"{me}/_history/{version - 1}",
        *(versioned(one, 1) for one in changed if one["meta"]["versionId"] != "1"),
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
                "type": typed(systems.PROVENANCE_PARTICIPANT, "enterer"),
                **enterer(procedure, rpps),
            },
            assembler(),
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
                "type": typed(systems.PROVENANCE_PARTICIPANT, "verifier"),
                "role": [typed(systems.ROLE_CODE, "DELEGATOR")],
                "who": delegator_of(procedure),
            },
            assembler(),
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
        "agent": [{"type": typed(systems.PROVENANCE_PARTICIPANT, "enterer"), **enterer(act, rpps)}, assembler()],
        "entity": [*about, *revision],
    }
