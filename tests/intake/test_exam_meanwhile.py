"""An exam that comes, changes or is late while its act is judged: judged with the act as it then is, or refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from service.ledger.verify import verify
from tests.house import House, issues
from tests.intake.beforehand import act_of, belonging, create, lone, simple, whole
from tests.stores import EMBEDDED


def overtaken_by(house: House, other: Any) -> list[Any]:
    """The next commit comes just after what ``other`` does."""
    commit, said = house.store.commit, []

    def overtaken(unit: Any) -> Any:
        if not said:
            house.store.commit = commit  # type: ignore[method-assign]  # as it was
            said.append(other())
        return commit(unit)

    house.store.commit = overtaken  # type: ignore[method-assign]  # once
    return said


@EMBEDDED
def test_another_exam_at_the_same_moment_is_judged_with_the_act_or_not_at_all(house: House) -> None:
    """What the act was judged with has changed under it: the act is judged anew, on what is on record then."""
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    (exam,) = house.found("QuestionnaireResponse")
    said = overtaken_by(
        house, lambda: house.fhir("PUT", f"/QuestionnaireResponse/{exam['id']}", exam | {"status": "entered-in-error"})
    )
    assert issues(create(house, told)) == [("required", "QuestionnaireResponse.partOf")]
    assert [one.status_code for one in said] == [200]
    assert act_of(house, "ACTE-SEUL") == []


def test_a_measure_that_comes_as_its_act_is_judged_is_judged_with_it(house: House) -> None:
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    said = overtaken_by(house, lambda: lone(house, "Observation", told))
    act = create(house, told)
    assert [act.status_code, *(one.status_code for one in said)] == [201, 201]
    assert len(belonging(house, "Observation", "ACTE-SEUL")) == 1
    assert len(whole(house, "ACTE-SEUL")[0]) == 2
    assert verify(house.store) == []


def test_an_exam_whose_act_comes_first_after_all_is_late(house: House) -> None:
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    said = overtaken_by(house, lambda: create(house, told))
    late = lone(house, "Observation", told)
    assert [one.status_code for one in said] == [201]
    assert issues(late) == [("business-rule", "Observation.partOf[0]")]
    assert house.found("Observation") == []


def test_measures_that_come_all_at_once_are_all_of_the_act(house: House) -> None:
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: lone(house, "Observation", told), range(8)))
    assert [one.status_code for one in answers] == [201] * 8
    assert create(house, told).status_code == 201
    assert len(belonging(house, "Observation", "ACTE-SEUL")) == 8
