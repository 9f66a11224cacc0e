"""Members of value sets and the order of codes; what is not held is unknown, never empty."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.codes import systems
from mappings.fhir.terminology import (
    ancestors,
    canonicals,
    code_system,
    codes_of,
    descendants,
    display_of,
    expanded,
    subsumes,
    value_set,
)
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[4]
OURS = f"{systems.CANONICAL}/ValueSet/"
R4 = "http://hl7.org/fhir/ValueSet/"
V3 = "http://terminology.hl7.org/ValueSet/v3-"
NODE = shutil.which("node")

SYSTEMS = sorted(canonicals("CodeSystem"))
#: Value sets whose members nobody can list: media types, currencies, languages, regions, formats.
OPEN = {f"{R4}{name}" for name in ("consent-content-class", "currencies", "formatcodes", "jurisdiction", "mimetypes")}


def test_ours_are_found_whole() -> None:
    role = systems.ROLE_CODE
    assert codes_of(f"{OURS}binome-delegation-role") == {(role, "DELEGATOR"), (role, "DELEGATEE")}
    status = f"{systems.CODE_SYSTEM}binome-enrolment-status"
    listed = expanded(f"{OURS}binome-enrolment-status|0.1.0")
    assert listed == tuple((status, code) for code in ("declared", "active", "suspended", "ended", "refused"))
    assert display_of(status, "ended") == "Terminée"
    published = {path.stem.partition("-")[2] for path in (ROOT / "profiles" / "compiled").glob("ValueSet-*.json")}
    assert {f"{OURS}{name}" for name in published} == {url for url in canonicals("ValueSet") if url.startswith(OURS)}


def test_those_of_r4_are_found() -> None:
    gender = "http://hl7.org/fhir/administrative-gender"
    assert codes_of(f"{R4}administrative-gender|4.0.1") == {(gender, c) for c in ("male", "female", "other", "unknown")}
    # codes of a system that is not held, listed by the value set
    assert ("http://unitsofmeasure.org", "h") in (codes_of(f"{R4}units-of-time") or ())
    assert display_of("http://unitsofmeasure.org", "h", f"{R4}units-of-time") == "hour"
    assert display_of("http://unitsofmeasure.org", "h", f"{R4}age-units") == "hours"
    assert display_of("http://unitsofmeasure.org", "h") in ("hour", "hours")


def test_what_is_not_held_is_unknown() -> None:
    assert codes_of("http://example.org/none") is None
    assert value_set("http://example.org/none") is None
    assert code_system("http://loinc.org") is None
    assert descendants("http://loinc.org", "11506-3") == {"11506-3"} == ancestors("http://loinc.org", "11506-3")
    assert subsumes("http://loinc.org", "a", "a") is None
    assert {url for url in canonicals("ValueSet") if codes_of(url) is None} == OPEN


def test_a_filter_takes_a_branch_and_leaves_another() -> None:
    reasons = {code for _, code in codes_of(f"{V3}PurposeOfUse") or ()}
    assert reasons >= {"PurposeOfUse", "TREAT", "HRESCH"}
    assert "_ActConsentInformationAccessOverrideReason" not in reasons
    contacts = {code for _, code in codes_of(f"{R4}patient-contactrelationship") or ()}
    assert "C" in contacts
    assert "O" not in contacts


def test_what_is_left_out_is_no_member() -> None:
    places = {code for _, code in codes_of(f"{V3}ServiceDeliveryLocationRoleType") or ()}
    assert places >= {"HOSP", "PTRES"}
    assert "_ServiceDeliveryLocationRoleType" not in places


def test_a_code_stands_under_others() -> None:
    reason = systems.ACT_REASON
    assert "TREAT" in descendants(reason, "PurposeOfUse")
    assert "PurposeOfUse" in ancestors(reason, "TREAT")
    assert subsumes(reason, "PurposeOfUse", "TREAT") == "subsumes"
    assert subsumes(reason, "TREAT", "PurposeOfUse") == "subsumed-by"
    assert subsumes(reason, "TREAT", "TREAT") == "equivalent"
    assert subsumes(reason, "TREAT", "HRESCH") == "not-subsumed"
    assert subsumes(reason, "TREAT", "none") is None


@given(st.data())
def test_above_and_below_are_each_other_s_inverse(data: st.DataObject) -> None:
    system = data.draw(st.sampled_from(SYSTEMS))
    held = code_system(system)
    assert held is not None
    a = data.draw(st.sampled_from(sorted(held.concepts)))
    for b in descendants(system, a):
        assert a in ancestors(system, b)
        assert descendants(system, b) <= descendants(system, a)
    assert all(a in descendants(system, b) for b in ancestors(system, a))


@given(st.sampled_from(sorted(canonicals("ValueSet"))))
def test_the_order_loses_nothing(url: str) -> None:
    listed, members = expanded(url), codes_of(url)
    assert (listed is None) == (members is None)
    if listed is not None:
        assert len(listed) == len(set(listed))
        assert set(listed) == members


@pytest.mark.skipif(
    NODE is None or not (ROOT / "profiles" / "node_modules").is_dir(),
    reason="node or profiles/node_modules is absent (npm ci in profiles/)",
)
def test_the_files_are_what_the_definitions_say() -> None:
    assert NODE is not None
    run = subprocess.run(
        [NODE, "base.mjs", "--check"], cwd=ROOT / "profiles", capture_output=True, text=True, timeout=PATIENCE
    )
    assert run.returncode == 0, run.stderr
