"""The questions of a protocol: the steps of its exam and the information of the patient."""

from dataclasses import dataclass
from typing import Literal

from mappings.domain.evidence import Certainty
from mappings.domain.logic import Answered

ItemType = Literal["boolean", "decimal", "integer", "date", "choice", "text", "display"]


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
    """A titled step of the exam; the steps come in their order."""

    link_id: str
    title: str
    items: tuple[FormItem, ...]
    role: Literal["DELEGATEE", "DELEGATOR"] = "DELEGATEE"
    #: Ids of criteria: when one of them keeps the patient out, the exam stops after this step.
    stops: tuple[str, ...] = ()
