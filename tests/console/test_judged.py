"""The page of an act says what the protocol judged of it, in the words of its version."""

import dataclasses
from collections.abc import Callable

from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.domain.act import Answer
from mappings.domain.judgement import judge
from mappings.domain.logic import Answered, Points, Score
from mappings.domain.protocol import Protocol
from mappings.domain.report_judged import judged
from mappings.fhir.execution import execution_from, execution_of
from tests.console.page import get
from tests.console.practice import Practice
from tests.mappings.domain.conditions import answers_of
from tests.mappings.domain.protocols import protocols

SECTION = "//section[@aria-labelledby='jugement']"


def test_the_page_says_what_was_judged(practice: Practice, signed_in: Callable[..., FlaskClient]) -> None:
    act = practice.act()
    page = get(signed_in(), f"/actes/{act}")
    told = page.text(SECTION)
    assert "Âge de 18 à 55 ans rempli" in told
    assert "Polytraumatisme absent" in told
    assert "indéterminé" not in told
    assert page.texts(f"{SECTION}//h3") == ["Critères d’inclusion", "Critères d’exclusion"]


def test_the_page_says_why_a_patient_went_back(practice: Practice, signed_in: Callable[..., FlaskClient]) -> None:
    act = practice.reorientation(
        exam={"plaie": True, "risque-thrombo-embolique": "present", "delegant-consulte": False}
    )
    told = get(signed_in(), f"/actes/{act}").text(SECTION)
    assert "Plaie présent" in told
    assert "Polytraumatisme indéterminé" in told
    assert "obligatoire, non tracé" in told


@settings(max_examples=200, deadline=None)
@given(protocol=protocols(), answers=answers_of(unknown=True), age=st.none() | st.integers(0, 5))
def test_each_part_of_the_judgement_has_its_line(
    protocol: Protocol, answers: dict[str, Answer], age: int | None
) -> None:
    point = Points(
        id="p", text="Point", cases=((Answered("plaie", "=", True), 2),), otherwise=0, source="essai", certainty="S"
    )
    protocol = dataclasses.replace(protocol, scores=(Score(id="score", title="Score", points=(point,)),))
    judgement = judge(protocol, answers, age)
    execution = execution_from({"extension": [execution_of(judgement)]})
    assert execution is not None
    sections = {section.title: section.rows for section in judged(execution, protocol)}
    criteria = [row for title, rows in sections.items() if title.startswith(("Critères", "Signes")) for row in rows]
    assert len(criteria) == len(protocol.criteria)
    (score,) = sections["Scores"]
    known = answers.get("plaie")
    assert score == ("Score", {True: "2", False: "0"}.get(known, "de 0 à 2, un élément étant inconnu"))  # type: ignore[call-overload]
    assert len(sections.get("Recours obligatoires au délégant", ())) == len(judgement.recourses)
    walk = judgement.walk
    assert len(sections.get("Chemin suivi", ())) == (len(walk.path) + (walk.step is not None) if walk else 0)
    # Of a version that is no longer here, the ids still tell as much.
    nameless = [row for section in judged(execution, None) for row in section.rows]
    assert len(nameless) == sum(map(len, sections.values()))
    assert judged(None, protocol) == ()
