"""The catalogue on record: published once, never rewritten for nothing, one id a version; an override is proved."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain.protocol.content import content_digest
from mappings.issues import Refused
from mappings.records.protocol import protocols_from_toml
from service.ledger.verify import verify
from service.publishing import publish
from service.records.catalogue import load_catalogue
from service.store import Store
from tests.mappings.example import example_files

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "fixtures" / "protocols")
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
OVERRIDE = """
[derogation-clinicien]
nom = "Dr TEST-RELECTRICE"
rpps = "99900001019"
le = 2026-11-19
raison = "Liste des exclusions relue en équipe (exemple fictif)"
"""


def clock() -> dt.datetime:
    return NOW


def later() -> dt.datetime:
    return NOW + dt.timedelta(days=3)


def body(store: Store, type_: str, id_: str) -> dict[str, Any]:
    stored = store.read(type_, id_)
    assert stored is not None
    read: dict[str, Any] = json.loads(stored.body)
    return read


def example(**changes: tuple[str, str]) -> dict[str, Any]:
    files = example_files()
    for name, (old, new) in changes.items():
        assert old in files[f"{name}.toml"]
        files[f"{name}.toml"] = files[f"{name}.toml"].replace(old, new, 1)
    return {protocol.canonical: protocol for protocol in protocols_from_toml(files)}


def test_the_catalogue_is_published_once(store: Store) -> None:
    written = publish(store, CATALOGUE, clock)
    # One device; each version has a plan, three forms, and its acts.
    assert written == 1 + sum(4 + len(protocol.activities) for protocol in CATALOGUE.values())
    assert publish(store, CATALOGUE, later) == 0
    assert verify(store) == []


def test_every_version_can_be_read(store: Store) -> None:
    publish(store, CATALOGUE, clock)
    plans = {
        f"{plan['url']}|{plan['version']}"
        for protocol in CATALOGUE.values()
        for plan in [body(store, "PlanDefinition", protocol.resource_id(protocol.id))]
    }
    assert plans == set(CATALOGUE)


def test_a_new_version_rewrites_nothing_else(store: Store) -> None:
    """Odynophagie without its latest version, then with it: the older ones stay as they were written."""
    before = {canonical: protocol for canonical, protocol in CATALOGUE.items() if "odynophagie|2024" not in canonical}
    publish(store, before, clock)
    latest = CATALOGUE[f"{PLAN_DEFINITION}pc-odynophagie|2024.1"]
    assert publish(store, CATALOGUE, later) == 4 + len(latest.activities)
    for id_ in ("pc-odynophagie", "pc-odynophagie-2023.1", "pc-odynophagie-2023.2"):
        assert body(store, "PlanDefinition", id_)["meta"]["versionId"] == "1"
    assert body(store, "PlanDefinition", "pc-odynophagie-2024.1")["version"] == "2024.1"


def test_a_version_is_not_slipped_in_before_what_is_published(store: Store) -> None:
    publish(store, example(), clock)
    with pytest.raises(Refused, match="conflict PlanDefinition/pl-exemple"):
        publish(store, example(protocole=('version = "2026.1"', 'version = "2025.1"')), clock)
    assert body(store, "PlanDefinition", "pl-exemple")["version"] == "2026.1"


def test_an_override_is_published_with_its_proof(store: Store) -> None:
    partial = ('exclusion = "complète"', 'exclusion = "partielle"')
    (draft,) = example(protocole=partial).values()
    assert draft.status == "draft"
    overridden = example(protocole=(partial[0] + "\n", partial[1] + "\n"))
    files = example_files()
    files["protocole.toml"] = files["protocole.toml"].replace(*partial) + OVERRIDE
    overridden = {protocol.canonical: protocol for protocol in protocols_from_toml(files)}
    publish(store, overridden, clock)
    assert body(store, "PlanDefinition", "pl-exemple")["status"] == "active"
    proof = body(store, "Provenance", "derogation-pl-exemple-1")
    assert proof["target"] == [{"reference": "PlanDefinition/pl-exemple/_history/1"}]
    assert proof["agent"][0]["who"]["display"] == "Dr TEST-RELECTRICE"
    assert proof["agent"][0]["who"]["identifier"]["value"] == "99900001019"
    assert (proof["occurredDateTime"], proof["reason"][0]["text"]) == (
        "2026-11-19",
        "Liste des exclusions relue en équipe (exemple fictif)",
    )
    assert proof["extension"][0]["extension"]
    assert verify(store) == []
    assert publish(store, overridden, later) == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('inclusion = "complète"', 'inclusion = "partielle"'),
        ("annexe-verifiee = true\npar", "annexe-verifiee = false\n# par"),
    ],
)
def test_an_override_stands_for_the_exclusions_only(old: str, new: str) -> None:
    files = example_files()
    text = files["protocole.toml"].replace('exclusion = "complète"', 'exclusion = "partielle"').replace(old, new)
    files["protocole.toml"] = (
        text.replace("\nle = 2026-06-01", "" if "false" in new else "\nle = 2026-06-01") + OVERRIDE
    )
    (protocol,) = protocols_from_toml(files)
    assert protocol.override is not None
    assert protocol.status == "draft"


def test_general_knowledge_that_decides_keeps_a_draft() -> None:
    (protocol,) = example().values()
    assert protocol.status == "active"
    (guessed,) = example(criteres=('certitude = "S"', 'certitude = "G"')).values()
    assert guessed.status == "draft"


# ── a version in force does not change ──


def told(store: Store, catalogue: dict[str, Any]) -> str:
    with pytest.raises(Refused) as refused:
        publish(store, catalogue, later)
    (issue,) = refused.value.issues
    return issue.text


#: One thing of what a version says, in each of its files.
CHANGES = {
    "criterion": {"criteres": ("age-minimum = 18", "age-minimum = 17")},
    "question": {"examen": ("Gênant dans la journée", "Gênant")},
    "act": {"actes": ('certitude = "S"', 'certitude = "O"')},
    "decision": {"decision": ("age-maximum = 65", "age-maximum = 66")},
    "information": {"information": ("changer d’avis", "vous raviser")},
    "profession": {"protocole": ('profession = "60"', 'profession = "70"')},
    "source": {"sources": ("Protocole local écrit", "Protocole écrit")},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_version_in_force_that_changes_is_refused_whole(store: Store, change: dict[str, tuple[str, str]]) -> None:
    publish(store, example(), clock)
    before = {key: store.head(key) for key in store.chains()}
    text = told(store, example(**change))
    assert text.startswith("pl-exemple : La version « 2026.1 » de « Exemple » a été publiée comme en vigueur")
    assert {key: store.head(key) for key in store.chains()} == before
    assert publish(store, example(), later) == 0


def test_how_it_is_written_and_when_it_ends_are_no_change_of_it(store: Store) -> None:
    publish(store, example(), clock)
    rewritten = {
        "criteres": ("[[criteres]]", "# relu\n\n[[criteres]]"),
        "protocole": ("debut = 2026-06-01\n", "debut = 2026-06-01\nfin = 2027-11-30\n"),
    }
    assert publish(store, example(**rewritten), later) == 1
    assert body(store, "PlanDefinition", "pl-exemple")["effectivePeriod"]["end"] == "2027-11-30"
    checked = example(
        protocole=('par = "Dr TEST-RELECTRICE"\nle = 2026-06-01', 'par = "Dr TEST-RELECTRICE"\nle = 2027-11-02')
    )
    assert [one.status for one in checked.values()] == ["active"]
    publish(store, checked, later)
    assert body(store, "PlanDefinition", "pl-exemple")["lastReviewDate"] == "2027-11-02"


def test_a_draft_is_free_until_it_is_in_force_and_never_comes_back_otherwise(store: Store) -> None:
    draft = {
        "protocole": ('annexe-verifiee = true\npar = "Dr TEST-RELECTRICE"\nle = 2026-06-01', "annexe-verifiee = false")
    }
    changed = {"criteres": ("age-minimum = 18", "age-minimum = 17")}
    publish(store, example(**draft), clock)
    assert publish(store, example(**draft, **changed), later) > 0
    publish(store, example(), later)
    # Withdrawn to a draft, which stops its use: it may change, but not come into force otherwise than it was.
    assert publish(store, example(**draft, **changed), later) > 0
    assert body(store, "PlanDefinition", "pl-exemple")["status"] == "draft"
    assert "a été publiée comme en vigueur" in told(store, example(**changed))
    publish(store, example(), later)
    assert body(store, "PlanDefinition", "pl-exemple")["status"] == "active"


def test_the_digest_is_of_what_is_said() -> None:
    (one,) = example().values()
    digests = {content_digest(next(iter(example(**change).values()))) for change in CHANGES.values()}
    assert len(digests | {content_digest(one)}) == len(CHANGES) + 1
    everything = {content_digest(protocol) for protocol in CATALOGUE.values()}
    assert len(everything) == len(CATALOGUE)
