"""The forms of a protocol as Questionnaires: patient information, eligibility, exam.

https://hl7.org/fhir/R4/questionnaire.html. The eligibility form asks what the criteria read, under the
exam's own linkIds: the exam asks it again, for the criteria are judged on the day of each act.
"""

import datetime as dt
from decimal import Decimal
from typing import Final

from mappings.codes.systems import CODE_SYSTEM, LOINC, QUESTIONNAIRE, UCUM
from mappings.domain.logic import Answered, link_ids
from mappings.domain.protocol import FormItem, Protocol
from mappings.elements import Json
from mappings.fhir.certainty import shown, told
from mappings.fhir.datatypes import coding, extension, print_date

#: System of the codes of choices; each protocol brings its own codes.
ANSWER_SYSTEM: Final = f"{CODE_SYSTEM}binome-answer"
EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/"
OBSERVATION_EXTRACT: Final = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-observationExtract"


def questionnaires_from_protocol(protocol: Protocol, date: dt.date) -> list[Json]:
    """Information, eligibility and exam, in the order they are filled in; ``date`` is that of the publication."""
    return [
        _questionnaire(protocol, date, "information", "information du patient", _items(protocol.information)),
        _questionnaire(protocol, date, "eligibilite", "éligibilité", _items(_eligibility_items(protocol))),
        _questionnaire(protocol, date, "examen", "examen", _exam_items(protocol)),
    ]


def questionnaire_canonical(protocol: Protocol, form: str) -> str:
    """``form`` is ``information``, ``eligibilite`` or ``examen``."""
    return f"{QUESTIONNAIRE}{protocol.prefix}-{form}|{protocol.version}"


def _questionnaire(protocol: Protocol, date: dt.date, form: str, title: str, items: list[Json]) -> Json:
    url, version = questionnaire_canonical(protocol, form).split("|")
    return {
        "resourceType": "Questionnaire",
        "id": protocol.resource_id(f"{protocol.prefix}-{form}"),
        "url": url,
        "version": version,
        "name": f"{protocol.prefix}-{form}".title().replace("-", ""),
        "title": f"{protocol.short_title} : {title}",
        "status": protocol.status,
        "subjectType": ["Patient"],
        "date": print_date(date),
        "item": items,
    }


def _eligibility_items(protocol: Protocol) -> tuple[FormItem, ...]:
    """The questions that the criteria read, and those that they depend on, which always stand before."""
    wanted = {link_id for criterion in protocol.criteria for link_id in link_ids(criterion.expression)}
    for item in reversed(protocol.exam_items):
        if item.link_id in wanted and item.enabled_when is not None:
            wanted.add(item.enabled_when.link_id)
    return tuple(item for item in protocol.exam_items if item.link_id in wanted)


def _exam_items(protocol: Protocol) -> list[Json]:
    """Questions at one level, as they are answered, under the titles of their sections."""
    return [
        item
        for section in protocol.exam
        for item in (
            {"linkId": section.link_id, "text": section.title, "type": "display"},
            *_items(section.items),
        )
    ]


def _items(items: tuple[FormItem, ...]) -> list[Json]:
    return [_item(item) for item in items]


def _item(item: FormItem) -> Json:
    element: Json = {"extension": _extensions(item), "linkId": item.link_id}
    if item.code is not None:
        element["code"] = [coding(LOINC, item.code.loinc)]
    element |= {"text": shown(item.text, item.certainty), "type": item.type}
    if item.enabled_when is not None:
        element["enableWhen"] = [_enable_when(item.enabled_when)]
    if item.type != "display":
        element["required"] = item.required
    if item.options:
        element["answerOption"] = [
            {"valueCoding": coding(ANSWER_SYSTEM, option.code, option.display)} for option in item.options
        ]
    return element


def _extensions(item: FormItem) -> list[Json]:
    extensions = [extension(f"{EXTENSION}designNote", valueMarkdown=told(item.source, item.certainty))]
    if item.unit:
        extensions.append(extension(f"{EXTENSION}questionnaire-unit", valueCoding=coding(UCUM, item.unit)))
    bound = "valueInteger" if item.type == "integer" else "valueDecimal"
    if item.minimum is not None:
        extensions.append(extension(f"{EXTENSION}minValue", **{bound: item.minimum}))
    if item.maximum is not None:
        extensions.append(extension(f"{EXTENSION}maxValue", **{bound: item.maximum}))
    if item.code is not None:
        extensions.append(extension(OBSERVATION_EXTRACT, valueBoolean=True))
    return extensions


def _enable_when(condition: Answered) -> Json:
    element: Json = {"question": condition.link_id, "operator": condition.operator}
    match condition.value:
        case bool():
            return element | {"answerBoolean": condition.value}
        case Decimal():
            return element | {"answerDecimal": condition.value}
        case str():
            return element | {"answerCoding": coding(ANSWER_SYSTEM, condition.value)}
        case _:
            return element | {"answerDate": print_date(condition.value)}
