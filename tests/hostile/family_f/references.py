"""References across patients, references of the wrong type, ids of another type (http.html#trules, references.html)."""

from collections.abc import Callable
from typing import Any, Final

from tests.hostile.family_f.case import Case, Ground, entry, post, put, spoilt_act
from tests.house import Json

Spoil = Callable[[dict[str, Json], Ground], object]
_LAW: Final = "Binôme, une inclusion est d'un patient (T41)"
LITERAL: Final = "FHIR R4, references.html#literal"


def reference(target: str, **parts: Any) -> Json:
    return {"reference": target, **parts}


def _whole_act_of(n: int) -> Spoil:
    """Every subject is that patient's, the inclusion stays the first one's."""

    def spoil(of: dict[str, Json], g: Ground) -> None:
        for resource in of.values():
            resource["subject"] = reference(g["Patient", n])

    return spoil


def refuse(spoil: Spoil, *codes: str, section: str = _LAW, answers: tuple[int, ...] = (422,)) -> Case:
    return post("", spoilt_act(spoil), *(codes or ("business-rule",)), section=section, answers=answers)


def with_element(type_: str, **elements: Callable[[Ground], Any]) -> Spoil:
    def spoil(of: dict[str, Json], g: Ground) -> None:
        of[type_].update({name: made(g) for name, made in elements.items()})

    return spoil


def with_reference(type_: str, element: str, target: Callable[[Ground], Any]) -> Spoil:
    return with_element(type_, **{element: lambda g: [reference(target(g))]})


def _other(type_: str) -> Callable[[Ground], str]:
    """What is the second patient's."""
    return lambda g: g[type_, 1]


ACROSS: Final = {
    "act of a patient under the inclusion of another": refuse(_whole_act_of(1)),
    "act based on the inclusion of another": refuse(with_reference("Procedure", "basedOn", _other("CarePlan"))),
    "act based on both inclusions": refuse(
        with_element("Procedure", basedOn=lambda g: [reference(g["CarePlan", 0]), reference(g["CarePlan", 1])])
    ),
    "act part of the act of another": refuse(with_reference("Procedure", "partOf", _other("Procedure"))),
    "act with a document of another": refuse(
        with_reference("Procedure", "report", _other("QuestionnaireResponse")), "value", section=LITERAL
    ),
    "exam of another": refuse(with_element("QuestionnaireResponse", subject=lambda g: reference(g["Patient", 1]))),
    "exam based on the inclusion of another": refuse(
        with_reference("QuestionnaireResponse", "basedOn", _other("CarePlan"))
    ),
    "exam part of the act of another": refuse(with_reference("QuestionnaireResponse", "partOf", _other("Procedure")), "required"),
    "exam part of both acts": refuse(
        lambda of, g: of["QuestionnaireResponse"]["partOf"].append(reference(g["Procedure", 1]))
    ),
    "exam that another patient answered": refuse(with_element("QuestionnaireResponse", source=lambda g: reference(g["Patient", 1]))),
    "measure of another": refuse(with_element("Observation", subject=lambda g: reference(g["Patient", 1]))),
    "measure based on the inclusion of another": refuse(with_reference("Observation", "basedOn", _other("CarePlan"))),
    "measure part of both acts": refuse(lambda of, g: of["Observation"]["partOf"].append(reference(g["Procedure", 1]))),
    "measure by another patient": refuse(with_reference("Observation", "performer", _other("Patient"))),
    "prescription of another": refuse(with_element("ServiceRequest", subject=lambda g: reference(g["Patient", 1]))),
    "prescription based on the inclusion of another": refuse(with_reference("ServiceRequest", "basedOn", _other("CarePlan"))),
    "prescription founded on the act of another": refuse(
        with_reference("ServiceRequest", "supportingInfo", _other("Procedure"))
    ),
    "prescription asked by another patient": refuse(with_element("ServiceRequest", requester=lambda g: reference(g["Patient", 1]))),
    "measure added alone to an act on record": post(
        "Observation",
        lambda g: _alone("Observation", g) | {"partOf": [reference(g["Procedure", 1])]},
        "business-rule",
        section=_LAW,
    ),
    "exam added alone to an act on record": post(
        "QuestionnaireResponse",
        lambda g: _alone("QuestionnaireResponse", g) | {"partOf": [reference(g["Procedure", 1])]},
        "business-rule",
        section=_LAW,
    ),
}  # fmt: skip


def _alone(type_: str, g: Ground) -> Json:
    """What was recorded with an act, as somebody would send it by itself."""
    return {name: value for name, value in g.told(type_, 0).items() if name not in ("id", "meta")}


def told(type_: str, n: int, spoil: Callable[[Json, Ground], object]) -> Callable[[Ground], Json]:
    def made(g: Ground) -> Json:
        resource = g.told(type_, n)
        spoil(resource, g)
        return resource

    return made


def _and_an_act(type_: str, spoil: Callable[[Json, Ground], object]) -> Case:
    """In one transaction, an update of what is the first patient's, and the act that rests on it."""
    number = spoilt_act(lambda of, g: None)

    def made(g: Ground) -> Json:
        sent = number(g)
        return sent | {"entry": [entry("PUT", g[type_, 0], told(type_, 0, spoil)(g)), *sent["entry"]]}

    return post("", made, "business-rule", section=_LAW)


REWRITTEN: Final = {
    "an inclusion moved to another patient, and an act": _and_an_act(
        "CarePlan", lambda r, g: r.update(subject=reference(g["Patient", 1]))
    ),
    "an inclusion that rests on the consent of another, and an act": _and_an_act(
        "CarePlan", lambda r, g: r.update(supportingInfo=[reference(g["Consent", 1])])
    ),
    "a consent moved to another patient, and an act": _and_an_act(
        "Consent", lambda r, g: r.update(patient=reference(g["Patient", 1]))
    ),
    "an enrolment moved to another person": put(
        lambda g: g["PractitionerRole", 0],
        told("PractitionerRole", 0, lambda r, g: r.update(practitioner=reference(g["Practitioner", 1]))),
        "required",
        section="Binôme, binome-enrolment: the person is named by RPPS too",
    ),
}  # fmt: skip

CASES: Final = ACROSS | REWRITTEN
