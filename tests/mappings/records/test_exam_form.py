"""The flat form of an exam and its Questionnaire say the same of every question, whatever the protocol."""

import dataclasses
import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.domain.logic import Answered
from mappings.domain.protocol import ExamSection, FormItem, ItemCode, Option, Protocol
from mappings.fhir.certainty import shown
from mappings.fhir.questionnaire import EXTENSION, questionnaires_from_protocol
from mappings.records.exam_form import exam_to_record
from tests.mappings.catalogue import CERTAINTIES, shipped

Json = dict[str, Any]
DAY = dt.date(2026, 11, 20)
_BOUND = {"integer": "valueInteger", "decimal": "valueDecimal"}


def of_questionnaire(protocol: Protocol) -> list[Json]:
    """The same record, read off what a FHIR client is given."""
    exam = questionnaires_from_protocol(protocol, DAY)[-1]
    sections = {section.link_id for section in protocol.exam}
    return [_read(item) for item in exam["item"] if item["linkId"] not in sections]


def _read(item: Json) -> Json:
    told = {one["url"].removeprefix(EXTENSION): one for one in item["extension"]}
    (when,) = item.get("enableWhen", [None])
    answer = next((value for key, value in when.items() if key.startswith("answer")), None) if when else None
    answer = answer["code"] if isinstance(answer, dict) else answer
    bounds = [next((v for k, v in told.get(name, {}).items() if k != "url"), None) for name in ("minValue", "maxValue")]
    return {
        "question": item["linkId"],
        "type": item["type"],
        "required": item.get("required", False),
        "text": item["text"],
        "options": [
            {"code": one["valueCoding"]["code"], "display": one["valueCoding"]["display"]}
            for one in item.get("answerOption", ())
        ]
        or None,
        "unit": told["questionnaire-unit"]["valueCoding"]["code"] if "questionnaire-unit" in told else None,
        "minimum": bounds[0],
        "maximum": bounds[1],
        "loinc": item["code"][0]["code"] if "code" in item else None,
        "asked_when": {"question": when["question"], "operator": when["operator"], "value": _flat(answer)}
        if when
        else None,
    }


def _flat(answer: Any) -> Any:
    return float(answer) if isinstance(answer, Decimal) else answer


def of_record(protocol: Protocol) -> list[Json]:
    """As it is printed, but for how a unit is read in French: a Questionnaire tells its code, and its texts bear the marks."""
    printed: list[Json] = json.loads(json.dumps(exam_to_record(protocol)))
    marks = {item.link_id: item.certainty for item in protocol.exam_items}
    return [
        {name: value for name, value in one.items() if name != "unit_display"}
        | {"text": shown(one["text"], marks[one["question"]])}
        for one in printed
    ]


@pytest.mark.parametrize("protocol", shipped(), ids=lambda one: f"{one.id}|{one.version}")
def test_each_shipped_form_is_its_questionnaire(protocol: Protocol) -> None:
    assert of_record(protocol) == of_questionnaire(protocol)


def test_the_catalogue_has_all_that_a_question_may_say() -> None:
    questions = [one for protocol in shipped() for one in exam_to_record(protocol)]
    for name in ("options", "unit", "minimum", "maximum", "loinc", "asked_when"):
        assert any(one[name] is not None for one in questions), name


_words = st.text("abcdeéè ", min_size=1, max_size=12).filter(str.strip)
_names = st.from_regex(r"[a-z]{2,8}(-[a-z]{1,4})?", fullmatch=True)
_values = st.booleans() | _names | st.dates() | st.decimals(-999, 999, places=1, allow_nan=False)


@st.composite
def forms(draw: st.DrawFn) -> Protocol:
    """A protocol of the catalogue, whose exam asks anything."""
    ids = draw(st.lists(_names.map("q-{}".format), min_size=1, max_size=5, unique=True))
    items = []
    for link_id in ids:
        kind = draw(st.sampled_from(["boolean", "decimal", "integer", "date", "choice", "text", "display"]))
        choices = st.lists(st.builds(Option, code=_names, display=_words), min_size=1, max_size=4)
        number = kind in ("decimal", "integer")
        value = draw(st.none() | _values)
        items.append(
            FormItem(
                link_id=link_id,
                text=draw(_words),
                type=kind,  # type: ignore[arg-type]  # one of the literals
                required=kind != "display" and draw(st.booleans()),
                options=tuple(draw(choices)) if kind == "choice" else (),
                unit=draw(st.sampled_from(["", "mm", "Cel", "%"])) if number else "",
                minimum=draw(st.none() | st.integers(-50, 50)) if number else None,
                maximum=draw(st.none() | st.integers(-50, 500)) if number else None,
                code=draw(st.none() | st.just(ItemCode(loinc="72514-3", source="", certainty="O"))) if number else None,
                enabled_when=None if value is None else Answered(ids[0], "=", value),
                source=draw(_words),
                certainty=draw(CERTAINTIES),
            )
        )
    section = ExamSection(link_id="section", title="Examen", items=tuple(items))
    return dataclasses.replace(shipped()[0], exam=(section,), criteria=())


@settings(max_examples=80, deadline=None)
@given(protocol=forms())
def test_whatever_an_exam_asks_both_doors_ask_it(protocol: Protocol) -> None:
    assert of_record(protocol) == of_questionnaire(protocol)


def test_a_unit_is_told_as_it_is_read() -> None:
    questions = [one for protocol in shipped() for one in exam_to_record(protocol)]
    told = {one["unit"]: one["unit_display"] for one in questions}
    assert (told["Cel"], told["mm[Hg]"], told["umol/L"], told["{score}"]) == ("°C", "mmHg", "µmol/L", None)
    assert told[None] is None
