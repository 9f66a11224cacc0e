"""A protocole de coopération as data: who, where, for whom, by which exam, for which acts, since when.

Contents after the essential requirements of a protocol (Code de la santé publique, L4011-1 ff.). Every
fact bears its source and its certainty; what is not known is a gap, never a guess.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain.cooperation import Period
from mappings.domain.logic import Answered, Expression

#: Official source, secondary page, general knowledge, doubtful, looked for and not found.
Certainty = Literal["O", "S", "G", "D", "X"]
Completeness = Literal["complete", "partial", "unknown"]
Section = Literal["inclusion", "exclusion", "withdrawal", "exam", "recourse", "acts", "training", "information"]
ItemType = Literal["boolean", "decimal", "integer", "date", "choice", "text", "display"]
ActivityKind = Literal["Procedure", "MedicationRequest", "ServiceRequest"]

#: Ids of the steps of an episode, in their order; a part of a protocol bears none of them as its own.
STEPS: Final = ("information", "inclusion", "exclusion", "examen", "recours", "decision", "compte-rendu")

#: Marks under which a fact is shown « à valider ».
TO_VALIDATE: Final[frozenset[Certainty]] = frozenset({"G", "D", "X"})
#: Marks under which a fact may decide something.
MAY_DECIDE: Final[frozenset[Certainty]] = frozenset({"O", "S", "G"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One stated thing, in words."""

    text: str
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalReference:
    """A text of law the protocol rests on."""

    citation: str
    #: Empty when the exact page is not known.
    url: str
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Profession:
    """A profession that may hold one of the two functions, while the period lasts."""

    #: TRE_G15.
    code: str
    display: str
    #: TRE_R38, any of them; empty = no condition of specialty.
    specialties: tuple[str, ...]
    period: Period
    source: str
    certainty: Certainty

    def admits(self, profession: str, specialty: str, day: dt.date) -> bool:
        return (
            self.certainty in MAY_DECIDE
            and self.period.covers(day)
            and self.code == profession
            and (not self.specialties or specialty in self.specialties)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A type of structure that may carry the protocol, while the period lasts."""

    #: TRE_R02.
    code: str
    display: str
    period: Period
    #: Doubtful, yet played in the demonstration, with fictitious people only.
    demonstration_only: bool
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRequirement:
    """A training that a délégué must have completed."""

    #: What ``cooperation.Training.module`` must equal.
    module: str
    hours: int
    days: int
    #: Who gives it, in words.
    trainer: str
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One inclusion or exclusion criterion."""

    id: str
    kind: Literal["inclusion", "exclusion"]
    text: str
    #: True = an inclusion criterion is met, an exclusion criterion excludes.
    expression: Expression
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a question."""

    code: str
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCode:
    """The LOINC code that an answer is observed under."""

    loinc: str
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class FormItem:
    """One question, or one shown text, of a form."""

    #: Outside face: never renamed within a version.
    link_id: str
    text: str
    type: ItemType
    required: bool = False
    #: Choices, for type ``choice``.
    options: tuple[Option, ...] = ()
    #: UCUM; empty when the answer has none.
    unit: str = ""
    minimum: int | None = None
    maximum: int | None = None
    code: ItemCode | None = None
    #: The question is only asked when this holds.
    enabled_when: Answered | None = None
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamSection:
    """A titled block of the exam."""

    link_id: str
    title: str
    items: tuple[FormItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One act or prescription of the closed list."""

    id: str
    #: ``B/ActivityDefinition/x|version``.
    canonical: str
    kind: ActivityKind
    title: str
    #: Derogates from the acts of the délégué's profession; its own certainty, for it is another fact.
    derogatory: bool
    derogatory_certainty: Certainty
    #: Code of ``CodeSystem/binome-act``.
    code: str
    #: Empty when CCAM has none.
    ccam: str
    #: Product in words, for a MedicationRequest; empty else. Doses are never here.
    product: str
    #: When the act is allowed; None = whenever the protocol applies.
    condition: Expression | None
    #: A bound in words, shown and never applied while it is doubtful.
    limit: Fact | None
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Recourse:
    """When the délégant must be consulted, and what shows that they were."""

    id: str
    text: str
    #: Also mandatory while this is UNKNOWN.
    mandatory: Expression
    satisfied: Expression
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One of the two ways out of the decision. Reorientation is a normal one."""

    id: str
    when: Literal["eligible", "not-eligible"]
    text: str
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnexCheck:
    """Who checked the definition against the annex of the order, and when."""

    by: str
    on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One version of one protocol."""

    id: str
    version: str
    #: First part of the ids of its forms and acts.
    prefix: str
    regime: Literal["national", "local"]
    title: str
    short_title: str
    #: Source and certainty of the identity above.
    source: str
    certainty: Certainty
    #: The order that authorises it, its date and its publication in the JO.
    order: LegalReference
    ordered: dt.date
    published: dt.date
    references: tuple[LegalReference, ...]
    period: Period
    delegators: tuple[Profession, ...]
    delegatees: tuple[Profession, ...]
    structures: tuple[Structure, ...]
    trainings: tuple[TrainingRequirement, ...]
    consent: Fact
    contact: Fact
    report: Fact
    criteria: tuple[Criterion, ...]
    exam: tuple[ExamSection, ...]
    information: tuple[FormItem, ...]
    recourses: tuple[Recourse, ...]
    outcomes: tuple[Outcome, ...]
    activities: tuple[Activity, ...]
    #: What was looked for and not found.
    gaps: tuple[Fact, ...]
    completeness: Mapping[Section, Completeness] = field(hash=False)
    annex_check: AnnexCheck | None

    @property
    def url(self) -> str:
        return f"{PLAN_DEFINITION}{self.id}"

    @property
    def canonical(self) -> str:
        return f"{self.url}|{self.version}"

    @property
    def status(self) -> Literal["draft", "active"]:
        """Active only with whole criteria, checked against the annex: a partial exclusion list includes wrongly."""
        whole = all(self.completeness[section] == "complete" for section in ("inclusion", "exclusion"))
        return "active" if whole and self.annex_check else "draft"

    @property
    def exam_items(self) -> tuple[FormItem, ...]:
        return tuple(item for section in self.exam for item in section.items)

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
