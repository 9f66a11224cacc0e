"""The TOML of a protocol is read strictly, and every fault is told at once."""

import pytest

from mappings.domain.logic import Age, All, Answered, AnyOf, Not
from mappings.issues import Refused
from mappings.records.protocol import FILES, protocols_from_toml
from tests.mappings.torsion import toml_files

FILES_AS_SHIPPED = toml_files()


def refusals(name: str, old: str, new: str) -> list[tuple[str, str]]:
    """(code, expression) of each fault once ``old`` became ``new`` in one file."""
    text = FILES_AS_SHIPPED[name]
    assert old in text
    with pytest.raises(Refused) as refused:
        protocols_from_toml(FILES_AS_SHIPPED | {name: text.replace(old, new, 1)})
    return [(issue.code, issue.expression) for issue in refused.value.issues]


def test_as_shipped() -> None:
    (protocol,) = protocols_from_toml(FILES_AS_SHIPPED)
    conditions = {criterion.id: criterion.expression for criterion in protocol.criteria}
    assert conditions["age"] == All((Age(">=", 18), Age("<=", 55)))
    assert conditions["plaie"] == Answered("plaie", "=", True)
    assert protocol.recourses[0].mandatory == Not(Answered("risque-thrombo-embolique", "=", "absent"))
    conditional = {activity.id: activity.condition for activity in protocol.activities if activity.condition}
    assert list(conditional) == ["torsion-radiographie"]
    assert isinstance(conditional["torsion-radiographie"], AnyOf)
    assert [(t.module, t.hours, t.days) for t in protocol.trainings] == [("Formation torsion de cheville", 10, 3)]


def test_every_fact_has_a_source_and_nothing_is_said_of_doses() -> None:
    (protocol,) = protocols_from_toml(FILES_AS_SHIPPED)
    facts = [*protocol.criteria, *protocol.exam_items, *protocol.activities, *protocol.recourses, *protocol.structures]
    assert all(fact.source for fact in facts)
    (work_stop,) = [activity for activity in protocol.activities if activity.id == "torsion-arret-travail"]
    assert work_stop.limit is not None
    assert work_stop.limit.certainty == "D"
    assert work_stop.condition is None


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("criteres.toml", 'nature = "exclusion"', 'natur = "exclusion"', ("required", "criteres.toml.criteres[2].nature")),
        ("criteres.toml", 'nature = "exclusion"', 'natur = "exclusion"', ("structure", "criteres.toml.criteres[2].natur")),
        ("criteres.toml", 'nature = "inclusion"', 'nature = "autre"', ("code-invalid", "criteres.toml.criteres[0].nature")),
        ("criteres.toml", 'source = "macsf"\n', "", ("required", "criteres.toml.criteres[0].source")),
        ("criteres.toml", 'certitude = "S"\n', "", ("required", "criteres.toml.criteres[0].certitude")),
        ("criteres.toml", 'certitude = "S"', 'certitude = "D"', ("business-rule", "criteres.toml.criteres[0].certitude")),
        ("criteres.toml", 'source = "macsf"', 'source = "oubli"', ("not-found", "criteres.toml.criteres[0].source")),
        ("criteres.toml", 'question = "plaie"', 'question = "plaies"', ("not-found", "criteres.toml.criteres[2].condition.question")),
        ("criteres.toml", 'question = "plaie", est = true', 'question = "plaie", est = "oui"', ("value", "criteres.toml.criteres[2].condition.est")),
        ("criteres.toml", 'question = "plaie", est = true', 'question = "plaie", minimum = true', ("value", "criteres.toml.criteres[2].condition.minimum")),
        ("criteres.toml", 'question = "plaie", est = true', 'question = "plaie"', ("structure", "criteres.toml.criteres[2].condition.question")),
        ("criteres.toml", 'question = "plaie", est', 'age-minimum = 3, question = "plaie", est', ("structure", "criteres.toml.criteres[2].condition.condition")),
        ("criteres.toml", 'question = "plaie", est = true', 'question = "circonstances", est = "chute"', ("value", "criteres.toml.criteres[2].condition.est")),
        ("criteres.toml", 'id = "plaie"', 'id = "age"', ("duplicate", "criteres.toml.criteres[2].id")),
        ("criteres.toml", 'id = "plaie"', 'id = "examen"', ("duplicate", "criteres.toml.criteres[2].id")),
        ("criteres.toml", 'id = "plaie"', "id = \"pl'aie\"", ("value", "criteres.toml.criteres[2].id")),
        ("criteres.toml", "age-minimum = 18", "age-minimum = true", ("structure", "criteres.toml.criteres[0].condition.tous[0].age-minimum")),
        ("criteres.toml", "[{ age-minimum = 18 }, { age-maximum = 55 }]", "[]", ("required", "criteres.toml.criteres[0].condition.tous")),
        ("examen.toml", 'id = "plaie"', 'id = "deformation"', ("duplicate", "examen.toml.rubriques[1].questions[1].id")),
        ("examen.toml", 'type = "oui-non"', 'type = "boolean"', ("code-invalid", "examen.toml.rubriques[0].questions[0].type")),
        ("examen.toml", 'loinc = "72514-3"', 'loinc = "douleur"', ("value", "examen.toml.rubriques[3].questions[1].code.loinc")),
        ("examen.toml", 'si = { question = "delegant-consulte"', 'si = { question = "plus-tard"', ("not-found", "examen.toml.rubriques[4].questions[1].si.question")),
        ("examen.toml", 'si = { question = "delegant-consulte", est = true }', "si = { age-minimum = 18 }", ("value", "examen.toml.rubriques[4].questions[1].si")),
        ("decision.toml", 'est = "absent"', 'est = "nul"', ("value", "decision.toml.recours[0].obligatoire-si.non.est")),
        ("decision.toml", 'quand = "eligible"', 'quand = "non-eligible"', ("value", "decision.toml.issues")),
        ("actes.toml", 'certitude-derogatoire = "S"\n', "", ("required", "actes.toml.actes[0].certitude-derogatoire")),
        ("actes.toml", 'produit = "Paracétamol"', 'posologie = "…"', ("structure", "actes.toml.actes[1].posologie")),
        ("protocole.toml", "debut = 2020-03-08", "fin = 2020-03-07\ndebut = 2020-03-08", ("value", "protocole.toml.versions[0].fin")),
        ("protocole.toml", "debut = 2020-03-08", 'debut = "2020-03-08"', ("structure", "protocole.toml.versions[0].debut")),
        ("protocole.toml", "annexe-verifiee = false", "annexe-verifiee = true", ("required", "protocole.toml.controle.par")),
        ("protocole.toml", 'exclusion = "partielle"', 'exclusion = "presque"', ("code-invalid", "protocole.toml.completude.exclusion")),
        ("protocole.toml", 'exclusion = "partielle"\n', "", ("required", "protocole.toml.completude.exclusion")),
        ("protocole.toml", "[completude]", 'statut = "active"\n[completude]', ("structure", "protocole.toml.lacunes[10].statut")),
        ("information.toml", "[[textes]]", "[[autres]]", ("structure", "information.toml.autres")),
    ],
)  # fmt: skip
def test_each_fault_is_named(name: str, old: str, new: str, expected: tuple[str, str]) -> None:
    assert expected in refusals(name, old, new)


def test_all_faults_at_once() -> None:
    faults = refusals("criteres.toml", 'source = "macsf"\ncertitude = "S"', 'note = "x"')
    assert [code for code, _ in faults] == ["required", "required", "structure"]


def test_no_inclusion_criterion_would_include_everybody() -> None:
    text = FILES_AS_SHIPPED["criteres.toml"].replace('nature = "inclusion"', 'nature = "exclusion"')
    with pytest.raises(Refused, match=r"required criteres\.toml\.criteres"):
        protocols_from_toml(FILES_AS_SHIPPED | {"criteres.toml": text})


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_needed(name: str) -> None:
    with pytest.raises(Refused, match=f"required {name}"):
        protocols_from_toml({other: text for other, text in FILES_AS_SHIPPED.items() if other != name})


def test_no_other_file() -> None:
    with pytest.raises(Refused, match=r"not-supported autre\.toml"):
        protocols_from_toml(FILES_AS_SHIPPED | {"autre.toml": ""})


def test_not_toml() -> None:
    with pytest.raises(Refused) as refused:
        protocols_from_toml(FILES_AS_SHIPPED | {"actes.toml": "# un\n[[actes]\n"})
    (issue,) = refused.value.issues
    assert issue.text == "Le fichier actes.toml n’est pas du TOML valide (ligne 2)."
