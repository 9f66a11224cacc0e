"""How a report shows in the shared record, and the changes that lead from one way to another. Pure.

DMP, TD3.3: hidden from professionals (MASQUE_PS), from the patient until they are told (INVISIBLE_PATIENT), archived.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from mappings.codes.document import HIDING

Change = Literal["mask", "unmask", "hide", "reveal", "archive"]
CHANGES: Final[tuple[Change, ...]] = get_args(Change)

MASKED: Final = "MASQUE_PS"
HIDDEN: Final = "INVISIBLE_PATIENT"
#: What each change of visibility adds, or takes away; every other code stays as it is found.
ADDS: Final[dict[str, str]] = {"mask": MASKED, "hide": HIDDEN}
TAKES: Final[dict[str, str]] = {"unmask": MASKED, "reveal": HIDDEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """As a team asks for it; a document that nobody asked about shows to everybody who may read."""

    masked: bool = False
    hidden: bool = False
    archived: bool = False

    @property
    def visibility(self) -> frozenset[str]:
        """Codes of TRE_A07."""
        codes = ((self.masked, MASKED), (self.hidden, HIDDEN))
        return frozenset(code for applies, code in codes if applies)

    def after(self, changes: Iterable[str]) -> "Showing":
        shown = self
        for change in changes:
            name, value = _SAYS[change]
            shown = replace(shown, **{name: value})
        return shown

    def changes_to(self, wanted: "Showing") -> Iterator[Change]:
        """In the order of ``CHANGES``. No change takes a document out of the archive: no text says how."""
        return (
            change
            for change in CHANGES
            for name, value in (_SAYS[change],)
            if getattr(wanted, name) is value and getattr(self, name) is not value
        )


def hidden_from(codes: Iterable[str]) -> frozenset[str] | None:
    """Of all that a record says of a document's confidentiality, who does not see it (TRE_A07); None when it says nothing."""
    told = frozenset(codes)
    return frozenset(HIDING[one] for one in told if one in HIDING) if told else None


def rules(change: str) -> str:
    """What a change decides of: a later one of the same takes its place."""
    return _SAYS[change][0]


def visible_after(codes: Iterable[str], change: str) -> frozenset[str]:
    """Codes of visibility found on a document, once changed."""
    added, taken = ADDS.get(change, ""), TAKES.get(change, "")
    return (frozenset(codes) | frozenset(filter(None, [added]))) - {taken}


_SAYS: Final[dict[str, tuple[str, bool]]] = {
    "mask": ("masked", True),
    "unmask": ("masked", False),
    "hide": ("hidden", True),
    "reveal": ("hidden", False),
    "archive": ("archived", True),
}
