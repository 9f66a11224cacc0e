"""What follows the exam: the closed list of acts, the recourses, the decision tree and its ways out."""

from dataclasses import dataclass
from typing import Literal

from mappings.domain.evidence import Certainty, Fact
from mappings.domain.kinds import ActivityKind
from mappings.domain.logic import Expression

#: The délégant advises, or takes the patient over.
RecourseKind = Literal["advice", "takes-over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChoice:
    """The type of document that the report of an act is, where the profession does not decide."""

    #: JDV_J07 (LOINC).
    type_code: str
    #: Of a rapid test: the pathology that it screens (CIM-10); empty else.
    screens: str
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One act, prescription or dispensing of the closed list."""

    id: str
    #: ``B/ActivityDefinition/x|version``.
    canonical: str
    kind: ActivityKind
    title: str
    #: Derogates from the acts of the délégué's profession; its own certainty, for it is another fact.
    derogatory: bool
    derogatory_certainty: Certainty
    #: Code of ``CodeSystem/binome-act``; empty = said by its title.
    code: str
    #: Empty when CCAM has none.
    ccam: str
    #: Product in words, of what is prescribed or dispensed; empty else. Doses are never here.
    product: str
    #: When the act is allowed, besides the tree; None = whenever the tree lets it.
    condition: Expression | None
    #: TRE_G15: of the délégués, those who do it; empty = all of them.
    professions: tuple[str, ...] = ()
    #: A bound in words, shown and never applied while it is doubtful.
    limit: Fact | None
    #: None = by the profession of whoever does it.
    document: DocumentChoice | None = None
    source: str
    certainty: Certainty

    def is_for(self, profession: str) -> bool:
        return not self.professions or profession in self.professions


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
class Branch:
    """One way on from a step of the decision: it holds alone, or nothing is decided."""

    id: str
    text: str
    condition: Expression
    #: Ids of the acts that it allows.
    acts: tuple[str, ...]
    #: Id of the next step; empty = a leaf.
    then: str
    #: Of a leaf: why the patient goes back (binome-reorientation-reason); empty = does not.
    reorientation: str
    #: Of a leaf: what the délégant is called for; None = is not.
    recourse: RecourseKind | None
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeStep:
    """One question of the decision, and its branches."""

    id: str
    text: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One of the two ways out of the decision. Reorientation is a normal one."""

    id: str
    when: Literal["eligible", "not-eligible"]
    text: str
    source: str
    certainty: Certainty
