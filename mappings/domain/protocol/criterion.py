"""Who may enter a protocol, and who must leave it."""

from dataclasses import dataclass
from typing import Literal

from mappings.domain.evidence import Certainty
from mappings.domain.logic import Age, Expression, leaves

CriterionKind = Literal["inclusion", "exclusion", "red-flag", "withdrawal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion. Unknown, it never lets the patient in."""

    id: str
    kind: CriterionKind
    text: str
    #: True = an inclusion criterion is met; any other kind keeps the patient out.
    expression: Expression
    #: Why the patient then goes back (binome-reorientation-reason).
    reason: str
    #: Calls for the emergency services.
    emergency: bool = False
    source: str
    certainty: Certainty

    @property
    def is_of_age(self) -> bool:
        """True when nothing but the age is asked: such an exclusion is told apart, for the pay depends on it."""
        read = list(leaves(self.expression))
        return bool(read) and all(isinstance(leaf, Age) for leaf in read)
