"""A coordinator's file: taken in whole, or not at all with the faults of every line."""

import datetime as dt
from typing import Any

import pytest

from mappings.issues import Refused
from mappings.records.dossier import version_on
from mappings.records.form import form_from_toml
from mappings.records.roster import french_date
from mappings.records.team_file import declaration_from_file
from service.records.catalogue import load_catalogue
from tests.house import ROOT
from tests.mappings.records.workbooks import HEADING, LUCIE, WEBER, separated, workbook

DAY = dt.date(2026, 10, 20)
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
PROTOCOL = version_on(load_catalogue(ROOT / "fixtures" / "protocols"), "pc-torsion-cheville", DAY)
assert PROTOCOL is not None
WORDS = form_from_toml((ROOT / "fixtures" / "demarche" / "equipe.toml").read_text("utf-8")).words


def read(data: bytes, **more: Any) -> Any:
    return declaration_from_file(data, PROTOCOL, "380999990", DAY, lodged=True, now=NOW, words=WORDS, **more)


def faults(*rows: tuple[str, ...], heading: tuple[str, ...] = HEADING) -> list[str]:
    with pytest.raises(Refused) as refused:
        read(separated(heading, *rows).encode())
    return [issue.text for issue in refused.value.issues]


def but(row: tuple[str, ...], **cells: str) -> tuple[str, ...]:
    places = {"nom": 0, "prenom": 1, "profession": 2, "fonction": 3, "rpps": 4, "entree": 5}
    changed = list(row)
    for name, value in cells.items():
        changed[places[name]] = value
    return tuple(changed)


@pytest.mark.parametrize("data", [separated(HEADING, LUCIE, WEBER).encode("cp1252"), workbook(HEADING, LUCIE, WEBER)])
def test_both_kinds_of_file_say_the_same(data: bytes) -> None:
    declared = read(data)
    assert [(m.function, m.family, m.profession, m.rpps) for m in declared.members] == [
        ("DELEGATEE", "MOREL-FICTIF", "70", "99900001019"),
        ("DELEGATOR", "WEBER-FICTIF", "10", "99900002017"),
    ]
    assert declared.remarks == ()
    assert declared.day == DAY
    assert declared.state == "lodged"


def test_the_faults_of_every_line_are_told_together() -> None:
    assert faults(
        but(LUCIE, rpps="9990000101"),
        but(LUCIE, nom="", rpps=""),
        WEBER,
        but(WEBER, prenom="Autre"),
        but(LUCIE, profession="Rebouteux", rpps="99900001027"),
        but(LUCIE, profession="Pharmacien", rpps="99900001035"),
        but(LUCIE, fonction="chef", rpps="99900001043"),
        but(LUCIE, entree="31/02/2026", rpps="99900001050"),
        but(LUCIE, nom="=A1", rpps="99900001068"),
    ) == [
        "Ligne 2 : le numéro RPPS ne compte pas 11 chiffres.",
        "Ligne 3 : le nom manque.",
        "Ligne 3 : le numéro RPPS manque, et aucun numéro ADELI ne le remplace.",
        "Ligne 5 : ce professionnel figure déjà à la ligne 4.",
        "Ligne 6 : la profession n’est pas reconnue.",
        "Ligne 7 : le protocole n’admet pas cette profession pour cette fonction à cette date.",
        "Ligne 8 : la fonction n’est ni « délégant » ni « délégué ».",
        "Ligne 9 : la date d’entrée dans l’équipe n’est pas une date (exemple : 12/03/2026).",
        "Ligne 10 : une cellule contient une formule ; seules des valeurs sont admises.",
    ]


def test_no_fault_repeats_what_was_written() -> None:
    told = faults(but(LUCIE, nom="SECRET-FICTIF", profession="SECRET", rpps="SECRET", fonction="SECRET"))
    assert told
    assert not any("SECRET" in text for text in told)


def test_an_unexpected_key_of_an_rpps_is_a_doubt() -> None:
    declared = read(separated(HEADING, but(LUCIE, rpps="99900001018"), WEBER).encode())
    assert [(r.row, r.aside) for r in declared.remarks] == [(2, False)]
    assert declared.members[0].rpps == "99900001018"


def test_the_profession_tells_the_function_where_no_column_does() -> None:
    heading = ("Profession", "PRENOM", "nom", "N° RPPS")
    declared = read(
        separated(
            ("Liste de l’équipe",),
            heading,
            ("Kinésithérapeute", "Lucie", "MOREL-FICTIF", "99900001019"),
            ("médecin généraliste", "Hugo", "WEBER-FICTIF", "999 0000 2017"),
        ).encode()
    )
    assert [m.function for m in declared.members] == ["DELEGATEE", "DELEGATOR"]


def test_adeli_stands_in_for_an_absent_rpps() -> None:
    heading = ("Nom", "Prénom", "Profession", "RPPS", "ADELI", "Téléphone")
    declared = read(separated(heading, ("MOREL-FICTIF", "Lucie", "70", "-", "389999999", "06")).encode())
    assert [(m.rpps, m.adeli) for m in declared.members] == [("", "389999999")]
    assert [r.text for r in declared.remarks] == [
        "colonnes non reconnues, ignorées : 6.",
        "la liste ne compte aucun délégant.",
    ]


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        (("Nom", "Prénom"), "Profession, RPPS"),
        (("Nom", "Nom de famille", "Prénom", "Profession", "RPPS"), "la même chose"),
    ],
)
def test_a_heading_that_will_not_do(heading: tuple[str, ...], said: str) -> None:
    (text,) = faults(("a", "b"), heading=heading)
    assert said in text


def test_a_heading_alone_is_no_list() -> None:
    assert faults() == ["Aucun professionnel ne suit la ligne de titres."]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12/03/2026", dt.date(2026, 3, 12)),
        ("1/3/2026", dt.date(2026, 3, 1)),
        ("12-03-2026", dt.date(2026, 3, 12)),
        ("12 mars 2026", dt.date(2026, 3, 12)),
        ("1er AOÛT 2026", dt.date(2026, 8, 1)),
        ("2026-03-12", dt.date(2026, 3, 12)),
        ("12/03/26", None),
        ("31/04/2026", None),
        ("mars 2026", None),
        ("12 march 2026", None),
        ("46093", None),
    ],
)
def test_dates_as_people_write_them(text: str, day: dt.date | None) -> None:
    assert french_date(text) == day
