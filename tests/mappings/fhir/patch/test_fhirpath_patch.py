"""FHIRPath Patch (R4, fhirpatch.html): the cases of the specification's own tests, and what is refused."""

import copy
from typing import Any

import pytest

from mappings.fhir.patch import fhirpath_patch
from mappings.fhir.patch.paths import places
from mappings.fhir.structure import check
from mappings.issues import Refused

Json = dict[str, Any]


def operation(kind: str, path: str, name: str = "", value: Json | None = None, **numbers: int) -> Json:
    parts: list[Json] = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    if name:
        parts.append({"name": "name", "valueString": name})
    if value is not None:
        parts.append({"name": "value", **value})
    parts += [{"name": number, "valueInteger": place} for number, place in numbers.items()]
    return {"name": "operation", "part": parts}


def parameters(*operations: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(operations)}


PATIENT: Json = {
    "resourceType": "Patient",
    "id": "x",
    "identifier": [{"system": "urn:a", "value": "1"}, {"system": "urn:b", "value": "2", "use": "old"}],
    "name": [
        {
            "use": "official",
            "family": "TEST",
            "given": ["A", "B"],
            "_given": [None, {"extension": [{"url": "urn:e", "valueString": "é"}]}],
        },
        {"use": "usual", "family": "AUTRE"},
    ],
    "birthDate": "1990-05-12",
    "deceasedBoolean": False,
    "maritalStatus": {"text": "marié"},
    "extension": [{"url": "urn:x", "valueString": "a"}, {"url": "urn:y", "valueString": "b"}],
}


def changed(*operations: Json, of: Json = PATIENT) -> Json:
    """What a patch changes in the patient, element by element; None where one is gone."""
    kept = copy.deepcopy(of)
    after = fhirpath_patch(parameters(*operations))(of)
    assert of == kept
    return {key: after.get(key) for key in of.keys() | after.keys() if after.get(key) != of.get(key)}


def test_add() -> None:
    assert changed(operation("add", "Patient", "gender", {"valueCode": "female"})) == {"gender": "female"}
    names = changed(operation("add", "Patient", "name", {"valueHumanName": {"text": "x"}}))["name"]
    assert names == [*PATIENT["name"], {"text": "x"}]
    contact = {
        "part": [{"name": "name", "valueHumanName": {"text": "a name"}}, {"name": "gender", "valueCode": "male"}]
    }
    added = changed(operation("add", "Patient", "contact", contact))["contact"]
    assert added == [{"name": {"text": "a name"}, "gender": "male"}]
    given = changed(operation("add", "Patient.name[0]", "given", {"valueString": "C"}))["name"][0]
    assert (given["given"], given["_given"]) == (["A", "B", "C"], [*PATIENT["name"][0]["_given"], None])
    assert changed(operation("add", "Patient", "multipleBirth", {"valueInteger": 2})) == {"multipleBirthInteger": 2}
    nested = {"part": [{"name": "relationship", "part": [{"name": "coding", "valueCoding": {"code": "N"}}]}]}
    assert changed(operation("add", "Patient", "contact", nested))["contact"] == [
        {"relationship": [{"coding": [{"code": "N"}]}]}
    ]


def test_insert() -> None:
    new = {"valueIdentifier": {"system": "urn:c", "value": "3"}}
    for at, order in ((0, "3 1 2"), (1, "1 3 2"), (2, "1 2 3")):
        made = changed(operation("insert", "Patient.identifier", value=new, index=at))["identifier"]
        assert [one["value"] for one in made] == order.split()
    given = changed(operation("insert", "Patient.name[0].given", value={"valueString": "Z"}, index=1))["name"][0]
    assert (given["given"], given["_given"][2]) == (["A", "Z", "B"], PATIENT["name"][0]["_given"][1])
    first = changed(
        operation("insert", "Patient.contact", value={"part": [{"name": "gender", "valueCode": "male"}]}, index=0)
    )
    assert first == {"contact": [{"gender": "male"}]}


def test_delete() -> None:
    assert changed(operation("delete", "Patient.birthDate")) == {"birthDate": None}
    assert changed(operation("delete", "Patient.deceased")) == {"deceasedBoolean": None}
    assert changed(operation("delete", "Patient.gender")) == {}
    assert changed(operation("delete", "Patient.identifier[7]")) == {}
    left = changed(operation("delete", "Patient.identifier.where(system = 'urn:a')"))["identifier"]
    assert left == PATIENT["identifier"][1:]
    given = changed(operation("delete", "Patient.name[0].given[0]"))["name"][0]
    assert (given["given"], given["_given"]) == (["B"], PATIENT["name"][0]["_given"][1:])
    assert changed(operation("delete", "Patient.extension[0]"), operation("delete", "Patient.extension[0]")) == {
        "extension": None
    }


def test_replace() -> None:
    assert changed(operation("replace", "Patient.birthDate", value={"valueDate": "1991"})) == {"birthDate": "1991"}
    dead = changed(operation("replace", "Patient.deceased", value={"valueDateTime": "2026"}))
    assert dead == {"deceasedBoolean": None, "deceasedDateTime": "2026"}
    family = operation("replace", "Patient.name.where(use = 'usual').family", value={"valueString": "NOUVEAU"})
    assert changed(family)["name"][1]["family"] == "NOUVEAU"
    whole = operation("replace", "Patient.identifier.last()", value={"valueIdentifier": {"value": "9"}})
    assert changed(whole)["identifier"] == [PATIENT["identifier"][0], {"value": "9"}]
    told = operation("replace", "Patient.extension('urn:y').value", value={"valueBoolean": True})
    assert changed(told)["extension"][1] == {"url": "urn:y", "valueBoolean": True}


def test_move() -> None:
    many = [operation("add", "Patient", "identifier", {"valueIdentifier": {"value": str(n)}}) for n in (3, 4)]
    for source, target, order in ((3, 1, "1 4 2 3"), (0, 3, "2 3 4 1"), (1, 1, "1 2 3 4")):
        moved = operation("move", "Patient.identifier", source=source, destination=target)
        assert [one["value"] for one in changed(*many, moved)["identifier"]] == order.split()
    given = changed(operation("move", "Patient.name[0].given", source=1, destination=0))["name"][0]
    assert (given["given"], given["_given"][1]) == (["B", "A"], None)


#: What JSON keeps beside primitives, of one that repeats and of one that does not.
UNKNOWN: Json = {"url": "urn:absent", "valueCode": "unknown"}
BESIDE: Json = {
    "resourceType": "Patient",
    "id": "x",
    "name": [{"given": [None, "B"], "_given": [{"extension": [UNKNOWN]}, None]}],
    "_birthDate": {"extension": [UNKNOWN]},
    "gender": "female",
}
SAID: Json = {"extension": [{"url": "urn:e", "valueString": "é"}]}
_MADE: Json = {"part": [{"name": "url", "valueUri": "urn:e"}, {"name": "value", "valueString": "é"}]}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (operation("delete", "Patient.birthDate"), {"_birthDate": None}),
        (operation("delete", "Patient.birthDate.extension[0]"), {"_birthDate": None}),
        (operation("delete", "Patient.birthDate.extension('urn:other')"), {}),
        (
            operation("replace", "Patient.birthDate", value={"valueDate": "1990"}),
            {"_birthDate": None, "birthDate": "1990"},
        ),
        (operation("delete", "Patient.name.given[0]"), {"name": [{"given": ["B"]}]}),
        (
            operation("replace", "Patient.name.given[0]", value={"valueString": "A"}),
            {"name": [{"given": ["A", "B"]}]},
        ),
        (
            operation("add", "Patient.name.given[1]", "extension", _MADE),
            {"name": [{"given": [None, "B"], "_given": [{"extension": [UNKNOWN]}, SAID]}]},
        ),
        (operation("add", "Patient.gender", "extension", _MADE), {"_gender": SAID}),
        (operation("insert", "Patient.gender.extension", value=_MADE, index=0), {"_gender": SAID}),
    ],
)
def test_a_primitive_is_its_value_and_what_stands_beside_it(asked: Json, wanted: Json) -> None:
    assert changed(asked, of=BESIDE) == wanted
    assert check(fhirpath_patch(parameters(asked))(BESIDE)) == []


def test_what_only_says_why_it_is_not_known_is_replaced_and_not_added() -> None:
    with pytest.raises(Refused):
        changed(operation("add", "Patient", "birthDate", {"valueDate": "1990"}), of=BESIDE)


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("Patient", 1),
        ("Patient.name", 2),
        ("name.given", 2),
        ("Patient.name[1].family", 1),
        ("Patient.name.first().given.last()", 1),
        ("Patient.identifier.where(system='urn:b' and use='old').value", 1),
        ("Patient.identifier.where(use.exists())", 1),
        ("Patient.identifier.where(use != 'old')", 0),
        ("Patient.name.where(given[0] = 'A')", 1),
        ("Patient.deceased.ofType(boolean)", 1),
        ("Patient.deceased.ofType(dateTime)", 0),
        ("Patient.where(deceased = false).birthDate", 1),
        ("Patient.where(birthDate = @1990-05-12)", 1),
        ("Patient.extension('urn:x').value", 1),
        ("Patient.photo.title", 0),
    ],
)
def test_a_path_leads_to_its_places(path: str, count: int) -> None:
    assert len(places(PATIENT, path)) == count


@pytest.mark.parametrize(
    "path",
    [
        ".",
        "Patient.",
        "Patient..name",
        "Patient.nom",
        "Patient.birthDate.x",
        "Patient.name.given.x",
        "Patient.name[-1]",
        "Patient.name[0",
        "Patient.name.where(true)",
        "Patient.name.where(use = 'a' or use = 'b')",
        "Patient.repeat(name)",
        "Patient.descendants()",
        "Patient.name | Patient.contact",
        "%resource.name",
        "Patient.name.where(matches('(a+)+$'))",
        "x" * 501,
        "Patient.name.where(use = '" + "a" * 600 + "')",
    ],
)
def test_what_is_no_path_of_the_subset_is_refused(path: str) -> None:
    for kind in ("delete", "replace"):
        with pytest.raises(Refused) as refused:
            changed(operation(kind, path, value={"valueString": "x"}))
        assert [issue.expression for issue in refused.value.issues] == ["Parameters.parameter[0]"]


@pytest.mark.parametrize(
    "wrong",
    [
        operation("add", "Patient", "birthDate", {"valueDate": "1990"}),
        operation("add", "Patient", "deceased", {"valueDateTime": "1990"}),
        operation("add", "Patient", "deceased", {"valueQuantity": {"value": 1}}),
        operation("add", "Patient", "nom", {"valueString": "x"}),
        operation("add", "Patient.birthDate", "x", {"valueString": "x"}),
        operation("add", "Patient.name", "text", {"valueString": "x"}),
        operation("add", "Patient.contact", "gender", {"valueCode": "male"}),
        operation("add", "Patient", "gender", {"part": [{"name": "x", "valueCode": "male"}]}),
        operation("insert", "Patient.identifier", value={"valueIdentifier": {"value": "3"}}, index=3),
        operation("insert", "Patient.birthDate", value={"valueDate": "1990"}, index=0),
        operation("insert", "Patient", value={"valueDate": "1990"}, index=0),
        operation("delete", "Patient.identifier"),
        operation("delete", "Patient"),
        operation("replace", "Patient", value={"valueString": "x"}),
        operation("replace", "Patient.gender", value={"valueCode": "male"}),
        operation("replace", "Patient.name", value={"valueHumanName": {"text": "x"}}),
        operation("move", "Patient.identifier", source=0, destination=2),
        operation("move", "Patient.identifier", source=-1, destination=0),
    ],
)
def test_what_cannot_be_done_is_refused(wrong: Json) -> None:
    with pytest.raises(Refused) as refused:
        changed(operation("delete", "Patient.maritalStatus"), wrong)
    assert [(issue.code, issue.expression) for issue in refused.value.issues] == [("value", "Parameters.parameter[1]")]


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"resourceType": "Patient"},
        parameters(),
        parameters({"name": "autre"}),
        parameters(operation("ajouter", "Patient", "gender", {"valueCode": "x"})),
        parameters(operation("add", "Patient", "gender")),
        parameters(operation("add", "Patient", value={"valueCode": "x"})),
        parameters(operation("move", "Patient.name", source=0)),
        parameters(operation("insert", "Patient.name", value={"valueString": "x"})),
        parameters({"name": "operation", "part": [{"name": "type", "valueString": "add"}]}),
        {"resourceType": "Parameters", "parameter": "x"},
    ],
)
def test_what_is_no_patch_is_refused_before_it_is_tried(what: Json) -> None:
    with pytest.raises(Refused):
        fhirpath_patch(what)
