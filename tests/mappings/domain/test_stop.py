"""A criterion that keeps the patient out ends the exam after the step that names it."""

from decimal import Decimal

import pytest

from mappings.domain.act import Answer
from mappings.domain.judgement import judge
from mappings.records.protocol import protocols_from_toml
from tests.mappings.example import example_files

(PROTOCOL,) = protocols_from_toml(example_files())
FIRST = {"demande": True, "aggravation": False}


@pytest.mark.parametrize(
    ("temperature", "stop", "missing"),
    [
        (Decimal(39), "interrogatoire", []),
        (Decimal(37), None, ["genant"]),
        # Not known to keep out: the exam goes on, and still wants the answer.
        (None, None, ["temperature", "genant"]),
    ],
)
def test_stop(temperature: Answer, stop: str | None, missing: list[str]) -> None:
    judgement = judge(PROTOCOL, FIRST | {"temperature": temperature}, 50)
    assert (judgement.stop.link_id if judgement.stop else None) == stop
    assert [item.link_id for item in judgement.missing] == missing


def test_what_the_stopping_step_itself_asks_is_still_wanted() -> None:
    judgement = judge(PROTOCOL, {"temperature": Decimal(39)}, 50)
    assert [item.link_id for item in judgement.missing] == ["demande", "aggravation"]
