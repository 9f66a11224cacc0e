"""Our tables say what the official value sets say, to the letter."""

import re

import pytest
from lxml import etree

from mappings.codes import document, facilities, oids, professions
from tests.mappings.schemas import reference

TABLES = [
    ("1.2.250.1.213.1.1.5.461", professions.SPECIALTIES, oids.AUTHOR_SPECIALTY),
    ("1.2.250.1.213.1.1.5.466", facilities.FACILITIES, oids.FACILITY),
    ("1.2.250.1.213.1.1.5.467", facilities.PRACTICE_SETTINGS, oids.PRACTICE_SETTING),
    ("1.2.250.1.213.1.1.5.471", document.DOCUMENT_TYPES, oids.LOINC),
    ("1.2.250.1.213.1.1.5.590", dict(document.GENDERS.values()), oids.GENDER),
    ("1.2.250.1.213.1.1.5.589", dict(document.ENCOUNTERS.values()), oids.ACT_CODE),
    ("1.2.250.1.213.1.1.5.124", dict([document.TEAM_MEMBER[:2]]), document.TEAM_MEMBER[2]),
    ("1.2.250.1.213.1.1.5.124", dict([document.ATTENDING[:2]]), document.ATTENDING[2]),
]


def concepts(value_set: str) -> dict[tuple[str, str], str]:
    path = reference(f"cda/ans-no-licence/schematron/include/voc-{value_set}-DYNAMIC.xml")
    return {
        (concept.get("code"), concept.get("codeSystem")): concept.get("displayName")
        for concept in etree.parse(path).iter("concept")
    }


@pytest.mark.parametrize(("value_set", "table", "system"), TABLES)
def test_table_is_the_value_set(value_set, table, system) -> None:
    official = concepts(value_set)
    assert table
    assert {code: official.get((code, system)) for code in table} == table


@pytest.mark.parametrize(
    ("value_set", "codes"),
    [("1.2.250.1.213.1.1.5.718", document.PREFIXES), ("1.2.250.1.213.1.1.5.719", document.SUFFIXES)],
)
def test_titles_are_the_value_set(value_set, codes) -> None:
    assert {code for code, _ in concepts(value_set)} == codes


def test_specialty_is_joined_to_the_profession() -> None:
    assert professions.author_specialty("10", "SM26") == ("G15_10/SM26", "Médecin - Qualifié en Médecine Générale (SM)")
    assert professions.author_specialty("70", "") == ("G15_70", "Masseur-Kinésithérapeute")
    assert professions.author_specialty("70", "SM26") is None
    assert professions.author_specialty("", "") is None


def test_oids_are_oids() -> None:
    values = {name: value for name, value in vars(oids).items() if name.isupper() and not name.endswith("_VERSION")}
    assert values
    assert all(re.fullmatch(r"[0-2](\.(0|[1-9]\d*))+", value) for value in values.values())
