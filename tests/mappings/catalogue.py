"""The catalogue as shipped, and how a protocol drawn at random is doubted."""

import dataclasses
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from mappings.domain.evidence import Certainty
from mappings.domain.protocol import Protocol
from mappings.records.protocol import protocols_from_toml
from tests.mappings.domain.protocols import protocols

FOLDER = Path(__file__).parents[2] / "fixtures" / "protocols"
CERTAINTIES: st.SearchStrategy[Certainty] = st.sampled_from(["O", "S", "G", "D", "X"])


@cache
def shipped() -> tuple[Protocol, ...]:
    """Every version of every protocol."""
    folders = sorted(path for path in FOLDER.iterdir() if path.is_dir())
    files = ({path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.toml")} for folder in folders)
    return tuple(version for folder in files for version in protocols_from_toml(folder))


@st.composite
def doubted(draw: st.DrawFn) -> Protocol:
    """A protocol of which each fact has a mark of its own, and a text of its own."""
    protocol = draw(protocols() | st.sampled_from(shipped()))
    marks = iter(draw(st.lists(CERTAINTIES, min_size=300, max_size=300)))

    def marked(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(dataclasses.replace(thing, certainty=next(marks)) for thing in things)

    return dataclasses.replace(
        protocol,
        criteria=marked(protocol.criteria),
        activities=marked(protocol.activities),
        recourses=marked(protocol.recourses),
        delegators=marked(protocol.delegators),
        delegatees=marked(protocol.delegatees),
        structures=marked(protocol.structures),
        trainings=marked(protocol.trainings),
        tree=tuple(dataclasses.replace(step, branches=marked(step.branches)) for step in protocol.tree),
    )
