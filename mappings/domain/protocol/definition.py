"""One version of one protocol, whole."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain.cooperation import Period
from mappings.domain.evidence import MAY_DECIDE, TO_VALIDATE, Certainty, Evidence, Fact, LegalReference
from mappings.domain.logic import Expression, Score, link_ids
from mappings.domain.protocol.carriers import Profession, Structure, TrainingRequirement
from mappings.domain.protocol.criterion import Criterion
from mappings.domain.protocol.form import ExamSection, FormItem
from mappings.domain.protocol.tree import Activity, Outcome, Recourse, TreeStep

Completeness = Literal["complete", "partial", "unknown"]
Section = Literal["inclusion", "exclusion", "withdrawal", "exam", "recourse", "acts", "training", "information"]
#: The two regimes of cooperation; the neighbouring ones are listed elsewhere and never executed.
Regime = Literal["national", "local"]
#: What may keep a definition from being active.
Obstacle = Literal[
    "inclusion", "exclusion", "effect", "order", "structure", "carrier", "training", "general-knowledge", "derogation",
    "annex",
]  # fmt: skip

#: Ids of the steps of an episode, in their order; a part of a protocol bears none of them as its own.
STEPS: Final = ("information", "inclusion", "exclusion", "examen", "sortie", "recours", "decision", "compte-rendu")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnexCheck:
    """Who checked the definition against the annex of the order, and when."""

    by: str
    on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A named clinician takes it upon themselves that the list of exclusions is not complete."""

    by: str
    rpps: str
    on: dt.date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One version of one protocol."""

    id: str
    version: str
    #: First part of the ids of its forms and acts.
    prefix: str
    #: Canonical of the version before; empty = the first one.
    predecessor: str
    regime: Regime
    title: str
    short_title: str
    #: Source and certainty of what all versions share: the id, the regime, the short title.
    source: str
    certainty: Certainty
    #: How this version is known: its title and its dates.
    dating: Evidence
    #: The order that authorises it, or the declaration of a local one; None = not known, or not yet made.
    order: LegalReference | None
    #: Date of the order or of the declaration; None = not known.
    ordered: dt.date | None
    #: Its publication in the JO; None = not known, or local.
    published: dt.date | None
    references: tuple[LegalReference, ...]
    #: None = its date of effect is not known: it was never in force.
    period: Period | None
    objective: Fact | None
    domain: Fact | None
    #: Recommendation of good practice that it rests on.
    recommendation: Fact | None
    delegators: tuple[Profession, ...]
    delegatees: tuple[Profession, ...]
    structures: tuple[Structure, ...]
    trainings: tuple[TrainingRequirement, ...]
    consent: Fact
    contact: Fact
    report: Fact
    #: How the délégant is available, how risk is managed, how liability is covered.
    availability: Fact | None
    risks: Fact | None
    insurance: Fact | None
    indicators: tuple[Fact, ...]
    pay: tuple[Fact, ...]
    criteria: tuple[Criterion, ...]
    exam: tuple[ExamSection, ...]
    information: tuple[FormItem, ...]
    scores: tuple[Score, ...]
    recourses: tuple[Recourse, ...]
    #: The first step is the root; empty = each act has its own condition only.
    tree: tuple[TreeStep, ...]
    outcomes: tuple[Outcome, ...]
    activities: tuple[Activity, ...]
    #: What was looked for and not found.
    gaps: tuple[Fact, ...]
    completeness: Mapping[Section, Completeness] = field(hash=False)
    annex_check: AnnexCheck | None
    override: Override | None

    @property
    def url(self) -> str:
        return f"{PLAN_DEFINITION}{self.id}"

    @property
    def canonical(self) -> str:
        return f"{self.url}|{self.version}"

    def resource_id(self, name: str) -> str:
        """The first version has the bare names, so that a later one never renames what is on record."""
        return f"{name}-{self.version}" if self.predecessor else name

    @property
    def status(self) -> Literal["draft", "active"]:
        return "draft" if self.obstacles else "active"

    @property
    def obstacles(self) -> tuple[Obstacle, ...]:
        """What keeps the definition a draft: a partial list includes wrongly, and so does what nobody has read.

        A clinician's override stands for the missing exclusions only. General knowledge decides in a draft only.
        """
        completeness = self.completeness
        found: dict[Obstacle, bool] = {
            "inclusion": completeness["inclusion"] != "complete",
            "exclusion": completeness["exclusion"] != "complete" and self.override is None,
            "effect": self.period is None,
            "order": self.ordered is None,
            # A training or a carrier that nobody has read admits nobody: such a definition is not finished.
            "structure": not self.structures,
            "carrier": not (self.delegators and self.delegatees),
            "training": not self.trainings,
            "general-knowledge": any(certainty == "G" for certainty in self._deciding()),
            # Whether an act derogates is told of every act that is done.
            "derogation": any(activity.derogatory_certainty in TO_VALIDATE for activity in self.activities),
            "annex": self.annex_check is None,
        }
        return tuple(obstacle for obstacle, stands in found.items() if stands)

    def _deciding(self) -> Iterator[Certainty]:
        """The mark of every fact that decides who may act, when and where, or something of a patient."""
        yield self.dating.certainty
        yield from (profession.certainty for profession in (*self.delegators, *self.delegatees))
        yield from (structure.certainty for structure in self.structures)
        yield from (training.certainty for training in self.trainings)
        asked = {link_id for condition in self._conditions() for link_id in link_ids(condition)}
        yield from (item.certainty for item in self.exam_items if item.link_id in asked)
        yield from (criterion.certainty for criterion in self.criteria)
        yield from (recourse.certainty for recourse in self.recourses)
        yield from (activity.certainty for activity in self.activities)
        yield from (branch.certainty for step in self.tree for branch in step.branches)
        yield from (points.certainty for score in self.scores for points in score.points)

    def _conditions(self) -> Iterator[Expression]:
        yield from (criterion.expression for criterion in self.criteria)
        yield from (side for recourse in self.recourses for side in (recourse.mandatory, recourse.satisfied))
        yield from (activity.condition for activity in self.activities if activity.condition is not None)
        yield from (branch.condition for step in self.tree for branch in step.branches)
        yield from (condition for score in self.scores for points in score.points for condition, _ in points.cases)

    @property
    def exam_items(self) -> tuple[FormItem, ...]:
        return tuple(item for section in self.exam for item in section.items)

    def in_force(self, day: dt.date) -> bool:
        return self.period is not None and self.period.covers(day)

    def delegator_admitted(self, profession: str, specialty: str, day: dt.date) -> bool:
        return any(admitted.admits(profession, specialty, day) for admitted in self.delegators)

    def delegatee_admitted(self, profession: str, specialty: str, day: dt.date) -> bool:
        return any(admitted.admits(profession, specialty, day) for admitted in self.delegatees)

    def structure_admitted(self, facility_type: str, day: dt.date, *, demonstration: bool) -> bool:
        """``demonstration`` also lets in the doubtful types that the definition marks so."""
        return any(
            structure.certainty in MAY_DECIDE or (demonstration and structure.demonstration_only)
            for structure in self.structures
            if structure.code == facility_type and structure.period.covers(day)
        )
