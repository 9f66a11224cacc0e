"""An act with all that it prescribes and dispenses: domain → FHIR → domain, whatever is said and left unsaid."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.codes import systems
from mappings.domain.act import DelegatedAct, Dispense, Prescription
from mappings.fhir.act import ISSUED, Placement, act_from_fhir, act_to_fhir
from mappings.fhir.json import dump, parse
from mappings.fhir.structure import check
from mappings.issues import Refused
from tests.mappings import cooperation_strategies as drawn
from tests.rules.cases import good

PLACE = Placement(
    questionnaire_response_id="qr",
    questionnaire=f"{systems.CANONICAL}/Questionnaire/torsion-examen|2026.1",
    item_types={"douleur": "integer"},
    fictitious=True,
)
_canonicals = st.builds("{}{}|2026.1".format, st.just(systems.ACTIVITY_DEFINITION), drawn.slugs)
_ids = st.uuids().map(str)


@st.composite
def acts(draw: st.DrawFn) -> DelegatedAct:
    prescriptions = draw(
        st.lists(
            st.builds(
                Prescription,
                id=_ids,
                kind=st.sampled_from(["MedicationRequest", "ServiceRequest"]),
                activity=_canonicals,
                text=drawn.words,
                instructions=drawn.maybe_words,
            ),
            max_size=3,
            unique_by=lambda one: one.id,
        )
    )
    orders = [one.id for one in prescriptions if one.kind == "MedicationRequest"]
    dispenses = []
    for id_ in draw(st.lists(_ids, max_size=3, unique=True)):
        quantity = draw(st.none() | st.decimals(Decimal("0.01"), 999, places=2))
        answered = draw(st.lists(st.sampled_from(orders), max_size=2, unique=True)) if orders else []
        dispenses.append(
            Dispense(
                id=id_,
                activity=draw(_canonicals),
                text=draw(drawn.words),
                quantity=quantity,
                unit=draw(drawn.maybe_words) if quantity is not None else "",
                handed_over=draw(drawn.instants).replace(microsecond=0),
                prescriptions=tuple(answered),
                instructions=draw(drawn.maybe_words),
            )
        )
    said = {"prescriptions": tuple(prescriptions), "dispenses": tuple(dispenses)}
    return replace(good().act, text="Prise en charge", conclusion=draw(drawn.maybe_words), **said)


def parted(act: DelegatedAct) -> tuple[dict, list[dict], list[dict]]:
    """Its resources as they come back from the wire: the act, its exam, what it issued in the order of the types."""
    made = [parse(dump(resource)) for resource in act_to_fhir(act, PLACE)]
    exam = [one for one in made if one["resourceType"] == "QuestionnaireResponse"]
    return made[0], exam, [one for type_ in ISSUED for one in made if one["resourceType"] == type_]


@settings(deadline=None)
@given(acts())
def test_what_is_said_comes_back(act: DelegatedAct) -> None:
    procedure, exam, issued = parted(act)
    read = act_from_fhir(procedure, exam, [], issued)
    # By type, then in their order: the place of a prescription among others of another type is not told.
    ordered = sorted(act.prescriptions, key=lambda one: list(ISSUED).index(one.kind))
    assert read.prescriptions == tuple(ordered)
    assert read.dispenses == act.dispenses
    assert (read.answers, read.conclusion, read.identifier) == (act.answers, act.conclusion, act.identifier)


@settings(deadline=None)
@given(acts())
def test_every_resource_is_r4_and_each_bears_its_own_identifier(act: DelegatedAct) -> None:
    made = [parse(dump(resource)) for resource in act_to_fhir(act, PLACE)]
    assert [issue for resource in made for issue in check(resource)] == []
    values = [one["identifier"][0]["value"] for one in made if one["resourceType"] in ISSUED]
    assert values == [f"{act.identifier}.{n}" for n in range(1, len(act.issued) + 1)]


@pytest.mark.parametrize("told", ["2026-11-20T10:05:00", "2026-11-20", ""])
def test_a_hand_over_without_its_offset_is_not_read(told: str) -> None:
    dispense = Dispense(id="d", activity=f"{systems.ACTIVITY_DEFINITION}x|1", text="x", handed_over=good().act.end)
    procedure, exam, (issued,) = parted(replace(good().act, prescriptions=(), dispenses=(dispense,)))
    with pytest.raises(Refused) as refusal:
        act_from_fhir(procedure, exam, [], [issued | {"whenHandedOver": told}])
    assert [issue.expression for issue in refusal.value.issues] == ["MedicationDispense[0].whenHandedOver"]


def test_instants_keep_the_offset_that_they_came_with() -> None:
    at = dt.datetime(2026, 11, 20, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=-4)))
    dispense = Dispense(id="d", activity=f"{systems.ACTIVITY_DEFINITION}x|1", text="x", handed_over=at)
    procedure, exam, issued = parted(replace(good().act, prescriptions=(), dispenses=(dispense,)))
    assert issued[0]["whenHandedOver"] == "2026-11-20T23:30:00-04:00"
    (read,) = act_from_fhir(procedure, exam, [], issued).dispenses
    assert read.handed_over.utcoffset() == at.utcoffset()
