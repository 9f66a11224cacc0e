"""References of the wrong type, ids of another type, circles (R4 4.0.1, references.html, http.html#update)."""

from collections.abc import Callable
from typing import Any, Final

from tests.hostile.family_f.case import Case, Ground, bundle, entry, patient, post, put
from tests.hostile.family_f.references import LITERAL, reference, refuse, told, with_element, with_reference

#: What is said of a reference that leads to nothing, or not to what the act needs there.
_ASTRAY: Final = ("value", "required", "business-rule")


def _subject(target: Callable[[Ground], str], *codes: str, **parts: Any) -> Case:
    return refuse(
        with_element("Procedure", subject=lambda g: reference(target(g))), *(codes or _ASTRAY), section=LITERAL, **parts
    )


def _id(reference: str) -> str:
    return reference.partition("/")[2]


CONFUSED: Final = {
    "subject that is a professional": _subject(lambda g: g["Practitioner", 0]),
    "subject that is a structure": _subject(lambda g: g["Organization", 0]),
    "subject by the id of a consent": _subject(lambda g: f"Patient/{_id(g['Consent', 0])}"),
    "subject by a type that is not kept": _subject(lambda g: f"Group/{_id(g['Patient', 0])}"),
    "subject in lower case": _subject(lambda g: g["Patient", 0].lower()),
    "subject by a path": _subject(lambda g: f"Consent/../{g['Patient', 0]}"),
    "subject by a path from the root": _subject(lambda g: f"/{g['Patient', 0]}"),
    "subject with a query after it": _subject(lambda g: f"{g['Patient', 0]}?x=y"),
    "subject with a fragment after it": _subject(lambda g: f"{g['Patient', 0]}#x"),
    "subject on another server": _subject(lambda g: f"https://ailleurs.example/fhir/{g['Patient', 0]}"),
    "subject that is a script": _subject(lambda g: "javascript:alert(1)"),
    "subject that is a file": _subject(lambda g: "file:///etc/passwd"),
    "subject by a name nobody bears": _subject(lambda g: "urn:uuid:00000000-0000-4000-8000-00000000dead"),
    "subject that is contained nowhere": _subject(lambda g: "#p", "invariant"),
    "subject that is the whole": _subject(lambda g: "#", "invariant"),
    "subject that is empty": _subject(lambda g: "", "structure", answers=(400,)),
    "subject of 100,000 characters": _subject(lambda g: "Patient/" + "a" * 100_000),
    "subject whose type says otherwise": refuse(
        with_element("Procedure", subject=lambda g: reference(g["Patient", 0], type="Practitioner")), *_ASTRAY, section=LITERAL
    ),
    "subject whose identifier says another": refuse(
        with_element("Procedure", subject=lambda g: reference(g["Patient", 0], identifier=g.told("Patient", 1)["identifier"][0])),
        answers=(200,),
        section="FHIR R4, references.html#logical: the literal one is preferred, to check the other is not required",
    ),
    "subject contained in the act": refuse(
        lambda of, g: of["Procedure"].update(
            contained=[{"resourceType": "Patient", "id": "p", "birthDate": "1990-05-12"}], subject=reference("#p")
        ),
        *_ASTRAY,
        section="FHIR R4, references.html#contained",
    ),
    "based on a patient": refuse(with_reference("Procedure", "basedOn", lambda g: g["Patient", 0]), *_ASTRAY, section=LITERAL),
    "inclusion by the id of the patient": refuse(
        with_reference("Procedure", "basedOn", lambda g: f"CarePlan/{_id(g['Patient', 0])}"), *_ASTRAY, section=LITERAL
    ),
    "performer that is the patient": refuse(
        lambda of, g: of["Procedure"]["performer"][0].update(actor=reference(g["Patient", 0])), *_ASTRAY, section=LITERAL
    ),
    "structure that is a professional": refuse(
        lambda of, g: of["Procedure"]["performer"][0].update(onBehalfOf=reference(g["Practitioner", 0])),
        *_ASTRAY,
        section=LITERAL,
    ),
    "délégant that is the patient": refuse(
        lambda of, g: of["Procedure"]["extension"][0].update(valueReference=reference(g["Patient", 0])),
        *_ASTRAY,
        section=LITERAL,
    ),
    "exam part of an inclusion": refuse(
        with_reference("QuestionnaireResponse", "partOf", lambda g: g["CarePlan", 0]), *_ASTRAY, section=LITERAL
    ),
    "inclusion that rests on a patient": put(
        lambda g: g["CarePlan", 0],
        told("CarePlan", 0, lambda r, g: r.update(supportingInfo=[reference(g["Patient", 0])])),
        "required",
        section=LITERAL,
    ),
    "consent of an inclusion": put(
        lambda g: g["Consent", 0],
        told("Consent", 0, lambda r, g: r.update(patient=reference(g["CarePlan", 0]))),
        "value",
        section=LITERAL,
    ),
    "another type at the address": post(
        "Patient", lambda g: g.told("Consent", 0), "invariant", section="FHIR R4, http.html#create"
    ),
    "another type at the address of one": put(
        lambda g: g["Patient", 0], lambda g: g.told("Consent", 0), "invariant", section="FHIR R4, http.html#update"
    ),
    "another id than that of the address": put(
        lambda g: g["Patient", 0], lambda g: g.told("Patient", 1), "structure",
        answers=(400,), section="FHIR R4, http.html#update",
    ),
    "no id at an address with one": put(
        lambda g: g["Patient", 0], patient("H-NO-ID"), "structure", answers=(400,), section="FHIR R4, http.html#update"
    ),
    "an id that is a number": put(
        lambda g: g["Patient", 0], patient("H-INT", id=7), "structure", answers=(400,), section="FHIR R4, http.html#update"
    ),
    "an id that is none": put(
        "Patient/a_b", patient("H-BAD", id="a_b"), "not-found", answers=(404,), section="FHIR R4, datatypes.html#id"
    ),
    "a patient under the id of a consent": put(
        lambda g: f"Patient/{_id(g['Consent', 0])}",
        lambda g: patient("H-UPSERT", id=_id(g["Consent", 0])),
        answers=(201,),
        section="FHIR R4, resource.html#id: ids are unique for each type",
    ),
    "an entry whose resource is of another type": post(
        "", lambda g: bundle(entry("POST", "Patient", g.told("Consent", 0))), "invariant", section="FHIR R4, http.html#trules",
    ),
    "an entry whose resource has another id": post(
        "", lambda g: bundle(entry("PUT", g["Patient", 0], g.told("Patient", 1))), "invariant", section="FHIR R4, http.html#trules",
    ),
    "a type that is a number": post("Patient", {"resourceType": 7}, "invariant", section="FHIR R4, json.html#resources"),
}  # fmt: skip

CIRCLES: Final = {
    "10,000 references that lead nowhere": post(
        "Patient",
        patient("H-C0", generalPractitioner=[{"reference": f"Practitioner/x{n}"} for n in range(10_000)]),
        "value",
        "too-costly",
        section=LITERAL,
    ),
    "patients linked in a circle": post(
        "",
        bundle(
            entry("POST", "Patient", patient("H-C1", link=[{"other": reference("urn:uuid:2"), "type": "seealso"}]), "urn:uuid:1"),
            entry("POST", "Patient", patient("H-C2", link=[{"other": reference("urn:uuid:1"), "type": "seealso"}]), "urn:uuid:2"),
        ),
        answers=(200,),
        section="FHIR R4, http.html#trules: references between entries are resolved, circles among them",
    ),
    "a patient linked to itself": post(
        "",
        bundle(entry("POST", "Patient", patient("H-C3", link=[{"other": reference("urn:uuid:1"), "type": "seealso"}]), "urn:uuid:1")),
        answers=(200,),
        section="FHIR R4, http.html#trules",
    ),
    "a resource contained in itself": post(
        "Patient",
        patient("H-C4", contained=[{"resourceType": "Organization", "id": "a", "partOf": reference("#a")}], managingOrganization=reference("#a")),
        answers=(201, 422),
        section="FHIR R4, references.html#contained",
    ),
    "an act that is part of itself": refuse(
        lambda of, g: of["Procedure"].update(partOf=[reference("urn:uuid:00000001-0000-4000-8000-000000000000")]),
        answers=(200,),
        section="FHIR R4, procedure.html: no invariant of partOf forbids it",
    ),
}  # fmt: skip

CASES: Final = CONFUSED | CIRCLES
