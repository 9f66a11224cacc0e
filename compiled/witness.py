"""A plugin of pytest: nobody believes to have tested what is compiled when it is not, or what is not when it is."""

from pathlib import Path
from typing import Final

import pytest

import mappings.fhir.json
import service.store
from compiled.tree import TREE

#: They put something else in the place of what is compiled, which one compiled function that calls another does not see;
#: one reads the types of a dataclass, which a compiled one no longer tells.
SOURCES_ALONE: Final = frozenset(
    {
        "intake/test_changes.py::test_a_change_that_does_not_matter_is_decided_on_again",
        "intake/test_changes.py::test_a_withdrawal_during_the_decision_is_decided_on",
        "intake/test_changes.py::test_an_opposition_during_the_decision_is_obeyed",
        "intake/test_changes.py::test_what_never_stops_changing_is_given_up",
        "intake/test_correction.py::test_of_two_who_correct_at_once_each_makes_a_version",
        "intake/test_exam_meanwhile.py::test_a_measure_that_comes_as_its_act_is_judged_is_judged_with_it",
        "intake/test_exam_meanwhile.py::test_an_exam_whose_act_comes_first_after_all_is_late",
        "intake/test_exam_meanwhile.py::test_another_exam_at_the_same_moment_is_judged_with_the_act_or_not_at_all",
        "intake/test_repeats.py::test_a_twin_that_comes_between_the_look_up_and_the_placing",
        "intake/test_retraction_refused.py::test_acknowledged_at_that_very_moment",
        "intake/test_retraction_refused.py::test_dies_around_the_commit",
        "rules/test_rules.py::test_any_case_is_judged",
        "store/test_commit.py::test_a_failed_commit_is_surfaced_to_all_and_not_tried_again",
        "store/test_kept.py::test_an_empty_log_has_a_name_too",
        "store/test_kept.py::test_what_is_kept_is_given_without_the_database",
        "store/test_kept.py::test_without_a_pulse_every_read_asks",
        "store/test_kept_races.py::test_nobody_goes_back_to_a_state_that_is_over",
        "store/test_kept_races.py::test_what_changed_is_learnt_of_the_state_that_was_seen",
        "store/test_kept_races.py::test_what_was_found_before_a_commit_is_not_kept_after_it",
        "store/test_power_loss.py::test_the_loss_is_seen_where_nobody_flushes",
        "store/test_power_loss.py::test_what_was_shown_and_not_flushed_is_not_confirmed_once_the_store_is_closed",
        "store/test_power_loss.py::test_who_reads_before_the_flush_waits_for_one",
        "store/test_schema.py::test_a_broken_step_changes_nothing",
        "store/test_schema.py::test_forward_on_a_filled_database",
        "store/test_schema.py::test_versions_written_before_the_opaque_index_are_numbered_and_found_once_it_is_filled",
        "store/test_search.py::test_no_more_is_put_in_order_than_can_be",
    }
)


def pytest_report_header() -> str:
    for module in (mappings.fhir.json, service.store):
        file = Path(str(module.__file__))
        if file.suffix == ".py" or TREE not in file.parents:
            raise RuntimeError(f"{module.__name__} does not run compiled")
    return f"compiled: {TREE}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    apart = [one for one in items if one.nodeid.removeprefix("tests/").partition("[")[0] in SOURCES_ALONE]
    if apart:
        items[:] = [one for one in items if one not in apart]
        config.hook.pytest_deselected(items=apart)
