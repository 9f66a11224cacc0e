"""Of an act: accepted, read, corrected, countersigned, entered in error; and of an adverse event."""

import datetime as dt
from collections.abc import Sequence

from mappings.codes import systems
from mappings.domain.act import DelegatedAct
from mappings.domain.judgement import Judgement
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.datatypes import print_instant, rpps_reference
from mappings.fhir.execution import execution_of
from mappings.fhir.provenance.elements import (
    Resource,
    assembler,
    entered_by,
    is_fictitious,
    lifecycle,
    operation,
    provenance,
    revision,
    source,
    typed,
    verifying_delegator,
    versioned,
)


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
    return provenance(
        id=id,
        fictitious=fictitious,
        judged=_judged(judgement),
        targets=[f"Procedure/{act.id}/_history/1"],
        occurred=print_instant(act.start),
        recorded=recorded,
        policy=[act.protocol, *texts],
        activity=operation("CREATE"),
        agents=[
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
        entities=[source(one) for one in sources],
    )


def acknowledgement_provenance(
    *, id: str, focus: str, task: str, owner: Resource, policy: str, recorded: dt.datetime, fictitious: bool
) -> Resource:
    """The délégant verified: same version of the act (or of the inclusion) and the task as targets, nobody else's behalf."""
    return provenance(
        id=id,
        fictitious=fictitious,
        targets=[task, focus],
        recorded=recorded,
        policy=[policy],
        activity=lifecycle("verify"),
        agents=[verifying_delegator(owner), assembler()],
    )


def retraction_provenance(
    procedure: Resource, *, id: str, belongings: Sequence[str], rpps: str, policy: str, recorded: dt.datetime
) -> Resource:
    """Somebody told that ``procedure``, the version that says so, was entered in error, with its ``belongings``.

    ``rpps`` is of the professional who was identified; when nobody was, the act's structure answers for its software.
    """
    return provenance(
        id=id,
        fictitious=is_fictitious(procedure),
        targets=[versioned(procedure), *belongings],
        recorded=recorded,
        policy=[policy],
        activity=operation("NULLIFY"),
        agents=[entered_by(procedure, rpps), assembler()],
        entities=[revision(versioned(procedure, 1))],
    )


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
    former = [procedure, *(one for one in changed if one["meta"]["versionId"] != "1")]
    return provenance(
        id=id,
        fictitious=is_fictitious(procedure),
        judged=_judged(judgement),
        targets=[versioned(procedure), *map(versioned, changed)],
        recorded=recorded,
        policy=[policy, *texts],
        reason=reason,
        activity=operation("UPDATE"),
        agents=[entered_by(procedure, rpps), assembler()],
        entities=[*(revision(versioned(one, 1)) for one in former), *map(source, sources)],
    )


def countersignature_provenance(
    procedure: Resource, former: Resource, sources: Sequence[str], *, id: str, recorded: dt.datetime
) -> Resource:
    """The délégant of ``procedure`` vouches for what its version says, which is what the one before said.

    ``former`` is the proof of that one: what was judged is told again; ``sources`` are all that it is made of.
    """
    return provenance(
        id=id,
        fictitious=is_fictitious(procedure),
        judged=[one for one in former.get("extension", ()) if one["url"] == systems.EXT_EXECUTION],
        targets=[versioned(procedure)],
        recorded=recorded,
        policy=former["policy"],
        activity=lifecycle("verify"),
        agents=[verifying_delegator(delegator_of(procedure)), assembler()],
        entities=[revision(versioned(procedure, 1)), *map(source, sources)],
    )


def adverse_event_provenance(event: Resource, act: Resource, *, id: str, rpps: str, recorded: dt.datetime) -> Resource:
    """Somebody reported ``event``, the version that says so, about ``act``."""
    again = event["meta"]["versionId"] != "1"
    return provenance(
        id=id,
        fictitious=is_fictitious(act),
        targets=[versioned(event)],
        occurred=event["detected"],
        recorded=recorded,
        policy=[next(c for c in act["instantiatesCanonical"] if c.startswith(systems.PLAN_DEFINITION))],
        activity=operation("UPDATE" if again else "CREATE"),
        agents=[entered_by(act, rpps), assembler()],
        entities=[source(versioned(act)), *([revision(versioned(event, 1))] if again else [])],
    )


def reason_of(provenance: Resource) -> str:
    """Why, in words; empty when nobody said."""
    return " ".join(one["text"] for one in provenance.get("reason", ()) if one.get("text"))


def countersigned_at(provenance: Resource) -> dt.datetime | None:
    """When the délégant vouched for the version that this proves; None when it proves something else."""
    codes = [one.get("code") for one in provenance.get("activity", {}).get("coding", ())]
    return dt.datetime.fromisoformat(provenance["recorded"]) if "verify" in codes else None


def _judged(judgement: Judgement | None) -> Sequence[Resource]:
    return [execution_of(judgement)] if judgement else ()
