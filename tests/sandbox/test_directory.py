"""The directory of the sandbox answers as the Annuaire Santé FHIR API does."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mappings.codes import systems
from mappings.domain.people import Organization, Practitioner
from service.sandbox.directory import Situation
from service.sandbox.server import Sandbox
from tests.sandbox.caller import NOW
from tests.waiting import PATIENCE

PHYSIOTHERAPIST = Practitioner(
    id="p1",
    rpps="99900000701",
    family="MARTEL-FICTIF",
    given="Lucie",
    profession="70",
    mailbox="lucie.martel-fictif@mk.formation.mssante.fr",
)
DOCTOR = Practitioner(
    id="p2", rpps="99900000702", family="WEBER-FICTIF", given="Hugo", suffix="DR", profession="10", specialty="SM26"
)
CENTRE = Organization(
    id="o1",
    finess="670999990",
    name="MSP DES TILLEULS (FICTIVE)",
    facility_type="SA52",
    mailbox="cr@msp-tilleuls.formation.mssante.fr",
)


@pytest.fixture(scope="module")
def directory() -> Iterator[str]:
    with Sandbox(people=[DOCTOR, Situation(PHYSIOTHERAPIST, CENTRE)], clock=lambda: NOW, directory_key="k") as sandbox:
        yield sandbox.directory_url


def ask(url: str, **parameters: str) -> dict[str, Any]:
    response = requests.get(url, params=parameters, headers={"ESANTE-API-KEY": "k"}, timeout=PATIENCE)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("application/fhir+json")
    return response.json()


def matches(bundle: dict[str, Any], mode: str = "match") -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle.get("entry", ()) if entry["search"]["mode"] == mode]


@pytest.mark.parametrize("value", ["99900000701", f"{systems.RPPS}|99900000701", "899900000701", "1,99900000701"])
def test_a_practitioner_is_found_by_rpps(directory: str, value: str) -> None:
    bundle = ask(f"{directory}/Practitioner", identifier=value)
    assert (bundle["resourceType"], bundle["type"], bundle["total"]) == ("Bundle", "searchset", 1)
    [found] = matches(bundle)
    assert found["name"][0]["family"] == "MARTEL-FICTIF"
    assert found["active"] is True
    # Its technical ids are its own: nobody may key on them.
    assert found["id"] != PHYSIOTHERAPIST.id


@pytest.mark.parametrize("value", ["99900000799", f"{systems.FINESS}|99900000701"])
def test_nobody_is_an_answer_too(directory: str, value: str) -> None:
    bundle = ask(f"{directory}/Practitioner", identifier=value)
    assert bundle["total"] == 0
    assert "entry" not in bundle


def test_the_situations_of_a_practitioner_come_with_their_structure(directory: str) -> None:
    [practitioner] = matches(ask(f"{directory}/Practitioner", identifier=PHYSIOTHERAPIST.rpps))
    bundle = ask(
        f"{directory}/PractitionerRole",
        practitioner=practitioner["id"],
        active="true",
        _include="PractitionerRole:organization",
    )
    [role] = matches(bundle)
    [organization] = matches(bundle, "include")
    assert bundle["total"] == 1
    assert role["organization"]["reference"] == f"Organization/{organization['id']}"
    assert organization["name"] == CENTRE.name


def test_the_situations_can_come_with_the_practitioner(directory: str) -> None:
    bundle = ask(
        f"{directory}/Practitioner", identifier=PHYSIOTHERAPIST.rpps, _revinclude="PractitionerRole:practitioner"
    )
    assert [r["resourceType"] for r in matches(bundle, "include")] == ["PractitionerRole"]


def test_a_structure_is_found_by_finess(directory: str) -> None:
    [found] = matches(ask(f"{directory}/Organization", identifier=f"{systems.FINESS}|{CENTRE.finess}"))
    assert found["name"] == CENTRE.name


@pytest.mark.parametrize(
    ("parameter", "value", "total"),
    [
        ("mailbox-mss:exact", PHYSIOTHERAPIST.mailbox, 1),
        ("mailbox-mss:exact", "lucie", 0),
        ("mailbox-mss", "LUCIE", 1),
        ("mailbox-mss:contains", "formation", 1),
        ("qualification-code", f"{systems.PROFESSION}|70", 1),
        ("qualification-code", f"{systems.SPECIALTY}|70", 0),
        ("qualification-code", f"{systems.SPECIALTY}|SM26", 1),
        ("active", "false", 0),
    ],
)
def test_other_ways_to_find_a_practitioner(directory: str, parameter: str, value: str, total: int) -> None:
    assert ask(f"{directory}/Practitioner", **{parameter: value})["total"] == total


@pytest.mark.parametrize(
    "parameters",
    [{"mailbox-mss-type": "PER"}, {"rpps": "1"}, {"_include": "Practitioner:organization"}, {"_count": "0"}],
)
def test_what_it_does_not_know_is_refused_and_not_ignored(directory: str, parameters: dict[str, str]) -> None:
    url, headers = f"{directory}/Practitioner", {"ESANTE-API-KEY": "k"}
    response = requests.get(url, params=parameters, headers=headers, timeout=PATIENCE)
    assert response.status_code == 400
    assert response.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("headers", [{}, {"ESANTE-API-KEY": "other"}])
def test_no_key_no_answer(directory: str, headers: dict[str, str]) -> None:
    assert requests.get(f"{directory}/Practitioner", headers=headers, timeout=PATIENCE).status_code == 401


def test_pages_follow_their_link(directory: str) -> None:
    first = ask(f"{directory}/Practitioner", _count="1")
    links = {link["relation"]: link["url"] for link in first["link"]}
    second = ask(links["next"])
    assert {r["id"] for r in matches(first)}.isdisjoint(r["id"] for r in matches(second))
    assert (first["total"], len(matches(second))) == (2, 1)
    assert "next" not in {link["relation"] for link in second["link"]}
    stranger = requests.get(f"{directory}/_page?id=abc", headers={"ESANTE-API-KEY": "k"}, timeout=PATIENCE)
    assert stranger.status_code == 410


def test_search_by_post_and_read(directory: str) -> None:
    headers = {"ESANTE-API-KEY": "k"}
    form = {"identifier": DOCTOR.rpps}
    found = requests.post(f"{directory}/Practitioner/_search", data=form, headers=headers, timeout=PATIENCE).json()
    [doctor] = matches(found)
    assert ask(f"{directory}/Practitioner/{doctor['id']}") == doctor
    assert requests.get(f"{directory}/Practitioner/0", headers=headers, timeout=PATIENCE).status_code == 404
