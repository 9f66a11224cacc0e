"""Every profile takes its good resources and refuses each mutation of them, with the rule that it breaks."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.elements import Json
from mappings.fhir import json
from mappings.fhir.validation import MOST, validated
from tests.mappings.fhir.mutations import GOOD as PLAIN
from tests.mappings.fhir.mutations import mutant
from tests.mappings.fhir.validation.examples import GOOD, mistakes
from tests.profiles.test_profiles import MUTATIONS, mutated

PROFILES = sorted({url for resource in GOOD.values() for url in resource["meta"]["profile"]})


def errors(resource: Json, *profiles: str) -> list[tuple[str, str, str]]:
    """(code, expression, reference) of each error."""
    found = validated(resource, profiles)
    return [(issue.code, issue.expression, issue.reference) for issue in found if issue.severity == "error"]


@pytest.mark.parametrize("name", GOOD)
def test_good_resource_is_valid(name: str) -> None:
    assert errors(GOOD[name]) == []


@pytest.mark.parametrize("name", PLAIN)
def test_resource_breaks_nothing_of_r4_itself(name: str) -> None:
    bare = {key: value for key, value in PLAIN[name].items() if key != "meta"}
    assert errors(bare) == []


@pytest.mark.parametrize(("name", "good", "mutation"), [pytest.param(*each, id=each[0]) for each in MUTATIONS])
def test_bad_resource_is_refused_by_the_rule_it_breaks(name: str, good: Path, mutation: dict[str, Any]) -> None:
    found = errors(mutated(json.parse(good.read_bytes()), mutation))
    assert found
    breaks = mutation["breaks"]
    if breaks.startswith("binome-"):
        assert any(reference.endswith(f", {breaks}") for _, _, reference in found), found
    elif " min " in breaks:
        assert any(code == "required" for code, _, _ in found), found
    elif "value set" in breaks:
        assert any(code == "code-invalid" for code, _, _ in found), found
    elif "reference to" in breaks or "must match" in breaks:
        assert any(code == "value" for code, _, _ in found), found


@pytest.mark.parametrize("url", PROFILES)
def test_a_profile_that_is_not_claimed_may_be_asked_for(url: str) -> None:
    name, resource = next((n, r) for n, r in GOOD.items() if url in r["meta"]["profile"])
    bare = {key: value for key, value in resource.items() if key != "meta"}
    assert errors(bare, url) == []
    stripped = {"resourceType": resource["resourceType"], "status": resource.get("status", "active")}
    assert {reference for _, _, reference in errors(stripped, f"{url}|0.1.0")} >= {url.rpartition("/")[2]}, name


def test_every_issue_is_a_sentence_that_names_its_element() -> None:
    spoilt = mistakes(11)
    for _ in range(200):
        name, resource = next(spoilt)
        for issue in validated(resource):
            assert issue.text.endswith("."), (name, issue.text)
            assert "{" not in issue.text, (name, issue.text)
            assert "'" not in issue.text, (name, issue.text)
            assert issue.expression.startswith(resource["resourceType"]), (name, issue)
            assert issue.reference, (name, issue)


@given(mutant(), st.sampled_from(PROFILES))
def test_nothing_is_so_wrong_that_it_cannot_be_told(resource: Json, url: str) -> None:
    assert len(validated(resource, [url])) <= MOST


@given(st.integers(0, 10_000))
def test_no_mistake_is_so_wrong_that_it_cannot_be_told(seed: int) -> None:
    _, resource = next(mistakes(seed))
    assert len(validated(resource)) <= MOST
