"""FHIRPath as invariants write it: against another engine on every invariant held here, and by the specification."""

import json
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from fhirpathpy import compile as other_engine
from fhirpathpy.models import models

from mappings.elements import Json
from mappings.fhir import json as fhir_json
from mappings.fhir.structure import check
from mappings.fhir.validation import rules
from mappings.fhir.validation.fhirpath import Environment, Unsupported, compiled, truth, typed
from mappings.fhir.validation.fhirpath.nodes import plain
from tests.mappings.fhir.mutations import GOOD as PLAIN
from tests.mappings.fhir.validation.examples import GOOD, mistakes
from tests.profiles.test_profiles import DEFINITIONS

#: The other engine has no ``hasValue``.
NOT_COMPARED = {"bdl-10"}


def root_invariants() -> dict[str, dict[str, str]]:
    """Expression of each invariant of a whole resource, by key, by type: those of R4 and those of our profiles."""
    found: dict[str, dict[str, str]] = {}
    for line in (rules._R4).read_text("utf-8").splitlines():
        if line.startswith('"'):
            type_, rows = next(iter(json.loads("{" + line.removesuffix(",") + "}").items()))
            said = {
                key: expression for path, row in rows if not path for key, _, _, expression in row.get("constraint", ())
            }
            found.setdefault(type_, {}).update(said)
    for definition in DEFINITIONS.values():
        if definition["resourceType"] == "StructureDefinition":
            for constraint in definition["snapshot"]["element"][0].get("constraint", ()):
                if constraint["key"] not in rules.STRUCTURE:
                    found.setdefault(definition["type"], {})[constraint["key"]] = constraint["expression"]
    return found


INVARIANTS = root_invariants()


def says_twice(node: Json | list[Any]) -> bool:
    """Whether an extension stands there twice; by its ``extension(url)`` the other engine finds it once."""
    if isinstance(node, dict):
        told = [json.dumps(one, default=str, sort_keys=True) for one in node.get("extension", ())]
        return len(set(told)) < len(told) or any(map(says_twice, node.values()))
    return isinstance(node, list) and any(map(says_twice, node))


#: Of sound structure: the other engine fails on the rest, or compares what is no date as text.
RESOURCES = [
    resource
    for resource in (*GOOD.values(), *PLAIN.values(), *(spoilt for _, spoilt in islice(mistakes(7), 300)))
    if not check(resource) and not says_twice(resource)
]


def test_an_extension_said_twice_is_found_twice() -> None:
    twice = {"resourceType": "Patient", "extension": [{"url": "urn:u", "valueCode": "x"}] * 2}
    assert says_twice(twice)
    assert evaluated("extension('urn:u').count()", twice) == [2]


def evaluated(expression: str, resource: Json) -> list[Any]:
    node = typed(resource)
    return [plain(item) for item in compiled(expression)(Environment(node, node, {}), [node])]


@pytest.mark.parametrize("type_", sorted({resource["resourceType"] for resource in RESOURCES} & INVARIANTS.keys()))
def test_another_engine_says_the_same(type_: str) -> None:
    others = {
        key: other_engine(expression, model=models["r4"])
        for key, expression in INVARIANTS[type_].items()
        if key not in NOT_COMPARED
    }
    for resource in (one for one in RESOURCES if one["resourceType"] == type_):
        plain_json = json.loads(fhir_json.dump(resource))
        node = typed(resource)
        for key, other in others.items():
            ours = truth(compiled(INVARIANTS[type_][key])(Environment(node, node, {}), [node]))
            theirs = other(plain_json, {"resource": plain_json, "ucum": "http://unitsofmeasure.org"})
            assert ([] if ours is None else [ours]) == theirs, key


def test_every_invariant_is_understood() -> None:
    for definition in DEFINITIONS.values():
        for element in definition.get("snapshot", {}).get("element", ()):
            for constraint in element.get("constraint", ()):
                compiled(constraint["expression"])
    for type_ in INVARIANTS:
        assert rules.rules_of(type_) is not None


PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p",
    "active": True,
    "birthDate": "1984-07",
    "_birthDate": {"extension": [{"url": "http://e", "valueString": "x"}]},
    "name": [{"use": "official", "family": "A", "given": ["B", "C"]}, {"use": "usual", "given": [None, "D"]}],
    "multipleBirthInteger": 2,
    "contact": [{"period": {"start": "2026-01-01T10:00:00+01:00", "end": "2026-01-01T09:30:00Z"}}],
}


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("name.given", ["B", "C", "D"]),
        ("Patient.name.family", ["A"]),
        ("Observation.name", []),
        ("name[0].given.last()", ["C"]),
        ("name.where(use = 'usual').given", ["D"]),
        ("name.given.count() = 3", [True]),
        ("name.exists(use = 'nickname')", [False]),
        ("name.all(given.exists())", [True]),
        ("name.select(family).count()", [1]),
        ("multipleBirth is integer", [True]),
        ("multipleBirth is Integer", [True]),
        ("multipleBirth.ofType(boolean)", []),
        ("multipleBirth + 1", [3]),
        ("-multipleBirth", [-2]),
        ("birthDate.extension('http://e').value", ["x"]),
        ("birthDate.hasValue()", [True]),
        ("birthDate > @1984-06", [True]),
        # July may be before or after its fifth day
        ("birthDate > @1984-07-05", []),
        ("birthDate = @1984-07-05", []),
        # the same instants in two zones: 09:00 and 09:30
        ("contact.period.start < contact.period.end", [True]),
        ("active and {}", []),
        ("active or {}", [True]),
        ("active.not() and {}", [False]),
        ("{} implies true", [True]),
        ("{} implies false", []),
        ("active xor true", [False]),
        ("'b' in ('a' | 'b')", [True]),
        ("('a' | 'b' | 'a').count()", [2]),
        ("'a' & {} & 'b'", ["ab"]),
        ("name.given.isDistinct()", [True]),
        ("(name.given | name.given).isDistinct()", [True]),
        ("name.given.combine(name.given).isDistinct()", [False]),
        ("'12'.toInteger() >= 12", [True]),
        ("1.10 = 1.1", [True]),
        ("7 div 2", [3]),
        ("7 mod 2", [1]),
        ("1 / 0", []),
        ("'abc'.substring(1, 1)", ["b"]),
        ("'it\\'s'.length()", [4]),
        ("iif(active, 'yes', 'no')", ["yes"]),
        ("descendants().where($this is string).count() > 3", [True]),
        ("%resource.id = id", [True]),
        ("%ucum", ["http://unitsofmeasure.org"]),
        ("name.family ~ 'a'", [True]),
        ("Patient.active.toString()", ["true"]),
        ("gender != 'other'", []),
        ("gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')", []),
    ],
)
def test_expression_gives(expression: str, result: list[Any]) -> None:
    assert evaluated(expression, PATIENT) == result


@pytest.mark.parametrize(
    "expression",
    ["", "name.", "name..given", "where(", "a b", "name.conformsTo('x')", "today()", "4 'mg'", "%`ext-x`", "a = = b", "'a",
     "$index", "name.where()", "count(1)", "(" * 200 + "a" + ")" * 200],
)  # fmt: skip
def test_what_is_not_known_is_refused_when_it_is_read(expression: str) -> None:
    with pytest.raises(Unsupported):
        compiled(expression)


def test_numbers_and_truths_are_not_mixed_up() -> None:
    resource = {"resourceType": "Patient", "multipleBirthInteger": 1, "active": True}
    assert evaluated("multipleBirth = true", resource) == [False]
    assert evaluated("active = 1", resource) == [False]
    quantity = {"resourceType": "Observation", "valueQuantity": {"value": Decimal("1.50")}}
    assert evaluated("value.value = 1.5", quantity) == [True]


def test_a_reference_is_followed_as_far_as_it_is_at_hand() -> None:
    held = {"resourceType": "Practitioner", "id": "a"}
    team: Json = {
        "resourceType": "CareTeam",
        "contained": [held],
        "participant": [{"member": {"reference": r}} for r in ("#a", "urn:uuid:1", "Patient/x", "urn:uuid:2")],
    }
    node = typed(team)
    environment = Environment(node, node, {"urn:uuid:1": {"resourceType": "Organization"}}, {"a": held})
    found = compiled("participant.member.resolve()")(environment, [node])
    assert [one.type for one in found] == ["Practitioner", "Organization", "Patient"]
