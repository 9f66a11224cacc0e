"""Of an act sent again only its status counts, whatever else was changed with it."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.fhir.act import in_error, is_in_error, retracting
from mappings.fhir.json import parse
from mappings.fhir.task import cancelled
from mappings.issues import Refused
from tests.house import NOON, ROOT

GOOD = ROOT / "tests" / "profiles" / "good"
ACT = parse((GOOD / "procedure.json").read_bytes()) | {"note": [{"text": "Entorse."}]}
_VALUES = st.sampled_from([None, "x", True, [], [{"text": "Autre"}], {"reference": "Patient/autre"}])


@given(st.dictionaries(st.sampled_from(sorted({*ACT, "bodySite", "_status"} - {"meta", "note"})), _VALUES))
def test_any_other_difference_is_refused_by_its_name(changes: dict[str, Any]) -> None:
    sent = {key: value for key, value in (ACT | {"status": "entered-in-error"} | changes).items() if value is not None}
    different = {key for key in ACT.keys() | sent.keys() if ACT.get(key) != sent.get(key)} - {"status"}
    if sent.get("status") == "entered-in-error" and not different:
        assert retracting(sent, ACT) == in_error(ACT)
        return
    with pytest.raises(Refused) as refused:
        retracting(sent, ACT)
    told = {issue.expression.removeprefix("Procedure.") for issue in refused.value.issues}
    assert told - {"status"} == different
    assert ("status" in told) == (sent.get("status") != "entered-in-error")


@given(added=st.lists(st.builds(lambda text: {"text": text}, st.text(min_size=1)), max_size=3), reason=st.booleans())
def test_why_is_added_and_never_rewritten(added: list[Any], reason: bool) -> None:
    told = {"note": [*ACT["note"], *added]} | ({"statusReason": {"text": "Erreur"}} if reason else {})
    kept = retracting(in_error(ACT) | told | {"meta": {}}, ACT)
    assert kept == in_error(ACT) | told
    assert is_in_error(kept)
    # And that is the end of it.
    assert retracting(copy.deepcopy(kept), kept) == kept
    for later in (ACT, kept | {"note": [*kept["note"], {"text": "Encore."}]}):
        with pytest.raises(Refused):
            retracting(later, kept)


def test_a_first_version_is_kept_as_it_comes() -> None:
    assert retracting(ACT, None) is ACT


def test_a_cancelled_task_keeps_the_order_of_its_elements() -> None:
    task = parse((GOOD / "task-acknowledge.json").read_bytes())
    done = cancelled(task, at=NOON, reason="Acte annulé : saisi par erreur.")
    assert done == task | {key: done[key] for key in ("status", "statusReason", "lastModified")}
    assert list(done).index("statusReason") == list(done).index("status") + 1
