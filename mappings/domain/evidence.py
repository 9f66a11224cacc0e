"""How a fact of a protocol is known: its source, and the mark of its certainty."""

from dataclasses import dataclass
from typing import Final, Literal

#: Official source, secondary page, general knowledge, doubtful, looked for and not found.
Certainty = Literal["O", "S", "G", "D", "X"]

#: Marks under which a fact is shown « à valider ».
TO_VALIDATE: Final[frozenset[Certainty]] = frozenset({"G", "D", "X"})
#: Marks under which a fact may decide something; what general knowledge decides keeps the definition a draft.
MAY_DECIDE: Final[frozenset[Certainty]] = frozenset({"O", "S", "G"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How something is known, where what it says stands elsewhere."""

    source: str
    certainty: Certainty


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
