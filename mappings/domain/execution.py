"""What was judged of an act, by id: kept with its proof, read back when its report is written or shown."""

from dataclasses import dataclass, field

from mappings.domain.logic import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What was judged, by id of criterion, score, recourse, branch, step."""

    criteria: dict[str, Truth] = field(default_factory=dict)
    #: Least and greatest value.
    scores: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: Mandatory recourses, and whether they are shown to have taken place.
    recourses: dict[str, bool] = field(default_factory=dict)
    way: tuple[str, ...] = ()
    #: Step where the walk stands without an issue, and why; empty when it reached a leaf.
    halt: tuple[str, str] | tuple[()] = ()
    #: Step after which the exam was ended; empty = it was not.
    stop: str = ""
