"""A dossier becomes a declaration: whole, without some rows, or aside; nothing of a row goes in by half."""

from typing import Any

import pytest

from mappings.domain.declaration import Declaration
from mappings.fhir.declaration import declaration_from_fhir, declaration_to_fhir
from mappings.records.dossier import declaration_from_dossier
from service.records.catalogue import load_catalogue
from tests.declarations.scene import FORM, at, line, lines, lodged, team
from tests.house import ROOT

CATALOGUE = load_catalogue(ROOT / "fixtures" / "protocols")
LUCIE, HUGO = team()[0], team()[10]
Json = dict[str, Any]


def read(node: Any) -> Declaration:
    declared = declaration_from_dossier(node, FORM, CATALOGUE)
    assert declared is not None
    return declared


def aside(node: Any) -> list[str]:
    return [remark.text for remark in read(node).remarks if remark.aside]


def test_a_whole_dossier() -> None:
    declared = read(lodged(1001, "2026-08-25", lines(team()), state="accepte", decided=at("2026-09-02")))
    assert len(declared.members) == 20
    assert declared.remarks == ()
    assert declared.dossier == "999001-1001"
    assert declared.receipt == "1001"
    assert declared.state == "accepted"
    assert declared.protocol.startswith("https://binome.example/fhir/PlanDefinition/pc-torsion-cheville|")
    assert declared.finess == "380999990"
    assert declared.facility_type == "SA63"
    assert declared.authority == ("42", "ARS FICTIVE")
    assert declared.referent is not None
    assert declared.referent.email == "camille@cpts.example"


@pytest.mark.parametrize("state", ["en_construction", "en_instruction", "accepte", "refuse", "sans_suite"])
def test_the_task_says_all_of_it(state: str) -> None:
    members = [line(LUCIE), line(HUGO), line(HUGO, rpps=""), line(LUCIE, rpps="99900001028")]
    members.append(line(LUCIE, rpps="", adeli="389999999", nom="SANS-FICTIF"))
    decided = at("2026-09-02") if state in ("accepte", "refuse", "sans_suite") else None
    declared = read(lodged(1001, "2026-08-25", members, state=state, decided=decided))
    assert len(declared.remarks) == 2
    assert declaration_from_fhir(declaration_to_fhir(declared, organization_id="x", team=True)) == declared


def test_what_is_wrong_with_a_row_puts_that_row_aside() -> None:
    rows = [
        line(LUCIE),
        line(HUGO),
        line(team()[1], profession="Rebouteux"),
        line(team()[2], rpps="123"),
        line(team()[3], nom=" "),
        line(team()[4], profession="Infirmier"),
        line(LUCIE),
    ]
    declared = read(lodged(1001, "2026-08-25", rows))
    assert [m.rpps for m in declared.members] == [LUCIE["rpps"], HUGO["rpps"]]
    assert [(r.row, r.text) for r in declared.remarks] == [
        (3, "la profession n’est pas reconnue."),
        (4, "le numéro RPPS ne compte pas 11 chiffres."),
        (5, "le nom manque."),
        (6, "le protocole n’admet pas cette profession pour cette fonction à cette date."),
        (7, "ce professionnel figure déjà à la ligne 1."),
    ]
    assert declared.has_rows_aside
    assert not declared.is_aside


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"revision": "REVISION-INCONNUE"}, "la révision de la démarche n’est pas décrite dans la configuration."),
        ({"protocole": "Autre protocole"}, "le protocole n’est pas décrit dans la configuration."),
        ({"protocole": ""}, "le protocole manque."),
        ({"finess": "12"}, "le numéro FINESS manque ou ne compte pas 9 caractères."),
    ],
)
def test_what_is_wrong_with_the_dossier_puts_it_aside(changes: Json, text: str) -> None:
    node = lodged(1001, "2026-08-25", lines(team()), **changes)
    assert aside(node) == [text]
    assert read(node).members == ()
    assert not read(node).declares_on(at("2026-11-20").date())


def test_a_date_before_any_version_puts_it_aside() -> None:
    node = lodged(1001, "2019-01-01", lines(team()))
    assert aside(node) == ["aucune version de ce protocole n’était en vigueur à la date de la déclaration."]


def test_a_list_without_anybody_puts_it_aside() -> None:
    assert aside(lodged(1001, "2026-08-25", [])) == ["aucun professionnel de la liste n’a pu être repris."]


def test_another_revision_says_it_elsewhere() -> None:
    node = lodged(1001, "2026-08-25", [], revision="REVISION-FICTIVE-2", protocole="")
    rows = lodged(1, "2026-08-25", lines([LUCIE, HUGO]))["champs"][-1]["rows"]
    node["champs"] += [
        {
            "champDescriptorId": "NOUVEAU",
            "label": "Protocole de coopération mis en œuvre",
            "stringValue": "Torsion de cheville",
        },
        {"champDescriptorId": "CHAMP-EQUIPE-2", "label": "Équipe", "stringValue": "", "rows": rows},
    ]
    node["annotations"] = [
        {"champDescriptorId": "A", "label": "Type de structure", "stringValue": "Maison de santé pluriprofessionnelle"}
    ]
    declared = read(node)
    assert [m.function for m in declared.members] == ["DELEGATEE", "DELEGATOR"]
    assert declared.facility_type == "SA52"


@pytest.mark.parametrize(
    "key", ["number", "state", "dateDepot", "dateDerniereModification", "dateDerniereModificationChamps"]
)
@pytest.mark.parametrize("value", [None, True, -1, "hier", [], {}])
def test_without_number_or_dates_there_is_nothing_to_keep(key: str, value: Any) -> None:
    assert declaration_from_dossier(lodged(1001, "2026-08-25", lines(team())) | {key: value}, FORM, CATALOGUE) is None


@pytest.mark.parametrize("value", [None, 3, "x", {}, [None, 3], [{"champs": None}]])
@pytest.mark.parametrize(
    "where", ["champs", "annotations", "rows", "row", "stringValue", "demarche", "groupeInstructeur"]
)
def test_any_other_type_puts_aside_and_breaks_nothing(where: str, value: Any) -> None:
    node = lodged(1001, "2026-08-25", lines(team()))
    match where:
        case "rows":
            node["champs"][-1]["rows"] = value
        case "row":
            node["champs"][-1]["rows"][0] = value
        case "stringValue":
            node["champs"][-1]["rows"][0]["champs"][0]["stringValue"] = value
        case _:
            node[where] = value
    declared = read(node)
    if where in ("champs", "rows", "demarche"):
        assert declared.is_aside
    if where == "row" or (where == "stringValue" and value != "x"):
        assert len(declared.members) == 19
        assert declared.has_rows_aside
    assert declaration_from_fhir(declaration_to_fhir(declared)).members == declared.members


def test_what_cannot_be_written_is_left_out() -> None:
    node = lodged(
        1001, "2026-08-25", [line(LUCIE, nom="MO\u200bREL\u00a0FICTIF\x00", rpps="999\u202f0000\u00a01019"), line(HUGO)]
    )
    node["motivation"] = "\ud800 x" + "y" * 5000
    declared = read(node)
    assert (declared.members[0].family, declared.members[0].rpps) == ("MOREL FICTIF", "99900001019")
    assert len(declared.reason) <= 2000
    declared.reason.encode()
