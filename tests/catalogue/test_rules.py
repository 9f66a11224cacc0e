"""The law on the versions of the catalogue: what an act under odynophagie may do, by whom, and when."""

import dataclasses
import datetime as dt

import pytest

from mappings.codes.systems import ACTIVITY_DEFINITION, PLAN_DEFINITION
from mappings.domain.act import Answer, Prescription
from mappings.domain.judgement import judge
from mappings.issues import Issue
from service.rules.case import Case
from service.rules.exam import patient_is_eligible
from service.rules.professions import professions_are_admitted, structure_is_admitted
from service.rules.protocol import branch_allows_the_act, protocol_was_in_force
from tests.catalogue.test_patients import answers_of, catalogue, read
from tests.rules.cases import good

SORE = answers_of(read("odynophagie"), {"reponses": {"temperature": 39, "toux": False, "amygdales": True}})
#: The latest day of the version of 2023, and the first of the one that the pharmacists left.
LAST, FIRST = dt.date(2024, 6, 16), dt.date(2024, 6, 17)


def case(
    version: str, day: dt.date, answers: dict[str, Answer], *prescribed: str, name: str = "pc-odynophagie"
) -> Case:
    known = catalogue()[f"{PLAN_DEFINITION}{name}|{version}"]
    plain = good()
    prescriptions = tuple(
        Prescription(
            id=f"rx-{id_}", kind="MedicationRequest", activity=f"{ACTIVITY_DEFINITION}{id_}|{version}", text="x"
        )
        for id_ in prescribed
    )
    activity = f"{ACTIVITY_DEFINITION}odyno-prise-en-charge|{version}"
    act = dataclasses.replace(plain.act, answers=answers, activity=activity, prescriptions=prescriptions)
    return dataclasses.replace(plain, act=act, protocol=known, day=day, judgement=judge(known, answers, 30))


def told(issues: object) -> list[str]:
    assert isinstance(issues, list)
    return [issue.expression for issue in issues if isinstance(issue, Issue)]


@pytest.mark.parametrize(
    ("result", "prescribed", "refused"),
    [
        ("positif", "odyno-antibiotique", []),
        ("negatif", "odyno-antibiotique", ["MedicationRequest[0].instantiatesCanonical"]),
        # The test is indicated and its result is not known: nothing that depends on it.
        (None, "odyno-antibiotique", ["MedicationRequest[0].instantiatesCanonical"]),
        (None, "odyno-symptomatique", []),
        ("negatif", "odyno-symptomatique", []),
    ],
)
def test_the_tree_allows(result: Answer, prescribed: str, refused: list[str]) -> None:
    judged = case("2024.1", FIRST, SORE | {"trod-resultat": result}, prescribed)
    assert told(list(branch_allows_the_act(judged))) == refused
    assert list(patient_is_eligible(judged)) == []


@pytest.mark.parametrize(
    ("version", "day", "profession", "admitted"),
    [
        ("2023.2", LAST, "21", True),
        ("2023.2", LAST, "60", True),
        ("2024.1", FIRST, "21", False),
        ("2024.1", FIRST, "60", True),
        # The version of 2023 stays as it was, and says no more of the days after it.
        ("2023.2", FIRST, "21", False),
    ],
)
def test_the_pharmacist_leaves(version: str, day: dt.date, profession: str, admitted: bool) -> None:
    judged = case(version, day, SORE)
    assert judged.delegatee_practitioner is not None
    performer = dataclasses.replace(judged.delegatee_practitioner, profession=profession, specialty="")
    faults = list(professions_are_admitted(dataclasses.replace(judged, delegatee_practitioner=performer)))
    assert (faults == []) is admitted


@pytest.mark.parametrize(
    ("version", "day", "open_to"),
    [
        ("2020.1", dt.date(2022, 7, 11), {"SA52", "SA05"}),
        ("2020.1", dt.date(2022, 7, 12), {"SA52", "SA05", "SA63"}),
        ("2023.1", dt.date(2023, 3, 14), {"SA52", "SA05", "SA63"}),
    ],
)
def test_the_cpts_enter(version: str, day: dt.date, open_to: set[str]) -> None:
    judged = case(version, day, SORE)
    assert judged.organization is not None
    found = {
        code
        for code in ("SA52", "SA05", "SA63", "SA33")
        if not list(
            structure_is_admitted(
                dataclasses.replace(judged, organization=dataclasses.replace(judged.organization, facility_type=code))
            )
        )
    }
    assert found == open_to


@pytest.mark.parametrize(
    ("version", "day", "in_force"),
    [
        ("2020.1", dt.date(2020, 3, 7), False),
        ("2020.1", dt.date(2023, 3, 13), True),
        ("2020.1", dt.date(2023, 3, 14), False),
        ("2023.1", dt.date(2023, 8, 23), True),
        ("2023.2", dt.date(2023, 8, 23), False),
        ("2023.2", LAST, True),
        ("2024.1", LAST, False),
        ("2024.1", FIRST, True),
    ],
)
def test_one_version_a_day(version: str, day: dt.date, in_force: bool) -> None:
    assert (list(protocol_was_in_force(case(version, day, SORE))) == []) is in_force


@pytest.mark.parametrize("name", ["pc-echo-merm|2021.1", "pc-depistage-retinopathie|2026.1", "pl-hypertension|2026.1"])
def test_a_version_without_a_day_of_effect_is_never_in_force(name: str) -> None:
    id_, _, version = name.partition("|")
    for day in (dt.date(2020, 1, 1), dt.date(2030, 1, 1)):
        assert told(list(protocol_was_in_force(case(version, day, {}, name=id_)))) == [
            "Procedure.instantiatesCanonical[0]"
        ]


def test_nobody_is_eligible_under_a_window_that_was_not_read() -> None:
    judged = case("2020.1", dt.date(2022, 1, 1), SORE | {"trod-resultat": "positif"})
    assert told(list(patient_is_eligible(judged))) == ["PlanDefinition.action.where(id='age').condition"]
