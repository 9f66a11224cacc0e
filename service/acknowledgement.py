"""The délégant has read: the task is completed and a second proof is written, in one commit."""

from typing import Any, Final

from mappings.codes.systems import RPPS
from mappings.domain.time import french_day
from mappings.fhir.act import protocol_of
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import dump, parse
from mappings.fhir.provenance import acknowledgement_provenance
from mappings.fhir.task import acknowledged, instead_of
from mappings.issues import Issue, Refused
from service.access import Caller
from service.composition import Composition
from service.countersigning import countersigned
from service.intake.effect import Effect
from service.owners import team_delegators
from service.store.unit import Stale, StoredVersion, Unit
from service.structures import refuse_foreign
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]
#: Tasks that the délégant answers by reading.
_READABLE: Final = ("acknowledge", "reorient", "notify-adverse-event")
_TURNS: Final = 4
#: Place, among the writes, of the act that is countersigned: after the task and its proof.
_AFTER: Final = 2


def acknowledge(composition: Composition, task_id: str, caller: Caller, comment: str) -> bytes:
    """The completed task's bytes; acknowledging twice is acknowledging once. ``Refused`` when it is not the caller's."""
    for _ in range(_TURNS):
        stored = composition.store.read("Task", task_id)
        if stored is None:
            raise Refused(Issue("not-found", "Task", "Cette tâche n’existe pas."))
        task = parse(stored.body)
        reader = _reader(composition, task, caller)
        if caller.structure:
            about = _act_of(composition, parse(_read(composition, task["focus"]).body))
            refuse_foreign(
                composition.store, _structure(composition, about).partition("/")[2], caller.structure, "Task"
            )
        if task["status"] == "completed":
            return stored.body
        if task["status"] == "cancelled":
            text = "Cet acte a été annulé, saisi par erreur : il n’y a plus à en prendre connaissance."
            raise Refused(Issue("processing", "Task.status", text, "Binôme, actes saisis par erreur"))
        try:
            return _complete(composition, stored, task | {"owner": reader}, comment, previous=task)
        except Stale:
            continue  # somebody has just acknowledged it: look again
    raise Refused(Issue("transient", "Task", "Cette tâche ne cesse de changer ; présentez de nouveau la demande."))


def _reader(composition: Composition, task: Resource, caller: Caller) -> Resource:
    """Who answers the task, as its owner: who has it, the délégant in whose place they have it, one of the team.

    ``Refused`` when the caller is none of them.
    """
    if task["code"]["coding"][0]["code"] not in _READABLE:
        raise Refused(Issue("business-rule", "Task.code", "Cette tâche n’est pas une prise de connaissance d’acte."))
    if not caller.rpps:
        raise Refused(Issue("login", "", "Prendre connaissance d’un acte demande de s’identifier.", "RFC 6750"))
    owner: Resource = task["owner"]
    named = [owner, *filter(None, [instead_of(task)])]
    if reference_id(owner, "CareTeam"):
        named += team_delegators(composition.store, owner, french_day(composition.clock()))
    for one in named:
        if one.get("identifier") == {"system": RPPS, "value": caller.rpps}:
            return one
    text = "Seul le délégant à qui l’acte est adressé peut en prendre connaissance."
    raise Refused(Issue("forbidden", "Task.owner", text, "CSP L4011-1"))


def _complete(
    composition: Composition, stored: StoredVersion, task: Resource, comment: str, *, previous: Resource
) -> bytes:
    now = composition.clock()
    focus = _read(composition, task["focus"])
    about = _act_of(composition, parse(focus.body))
    version = stored.version + 1
    signs = _signs(composition, task, about)
    done = stamped(acknowledged(task, at=now, comment=comment, countersigned=signs), version, now)
    body = dump(done)
    provenance = stamped(
        acknowledgement_provenance(
            id=composition.ids(),
            focus=f"{focus.type}/{focus.id}/_history/{focus.version}",
            task=f"Task/{stored.id}/_history/{version}",
            owner=task["owner"],
            policy=protocol_of(about),
            recorded=now,
            fictitious="security" in about.get("meta", {}),
        ),
        1,
        now,
    )

    signed = countersigned(composition, focus, _AFTER) if signs else None
    effect = signed.effect if signed else Effect()
    composition.store.commit(
        Unit(
            chain=_structure(composition, about).partition("/")[2],
            recorded=now,
            relies_on=((focus.type, focus.id, focus.version), *(signed.relied if signed else ())),
            writes=(
                write_of(done, version, previous=previous),
                write_of_proof(provenance, 0),
                *effect.writes,
            ),
            documents=tuple(effect.documents),
            envelopes=tuple(effect.envelopes),
            settlements=tuple(effect.settlements),
            stands_on=tuple(effect.stands_on),
        )
    )
    return body


def _signs(composition: Composition, task: Resource, about: Resource) -> bool:
    """Whether reading it countersigns the report: where this installation holds it so, and by the act's own délégant."""
    if not composition.settings.countersign or about["resourceType"] != "Procedure":
        return False
    of_reading = task["code"]["coding"][0]["code"] == "acknowledge"
    return bool(of_reading and task["owner"].get("identifier") == delegator_of(about)["identifier"])


def _structure(composition: Composition, about: Resource) -> str:
    """Whose chain proves it: the structure of the act, or of the team of the inclusion."""
    if about["resourceType"] == "CarePlan":
        team = parse(_read(composition, about["careTeam"][0]).body)
        return str(team["managingOrganization"][0]["reference"])
    return str(about["performer"][0]["onBehalfOf"]["reference"])


def _act_of(composition: Composition, about: Resource) -> Resource:
    """The act that an adverse event is about; anything else is what the task is about."""
    if about["resourceType"] != "AdverseEvent":
        return about
    return parse(_read(composition, about["suspectEntity"][0]["instance"]).body)


def _read(composition: Composition, reference: Resource) -> StoredVersion:
    type_, _, id_ = reference["reference"].partition("/")
    stored = composition.store.read(type_, id_)
    if stored is None:
        raise LookupError("what a task is about is not on record")
    return stored
