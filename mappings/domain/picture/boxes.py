"""Rows, boxes and lines: what a picture of a protocol is made of."""

from dataclasses import dataclass
from typing import Literal

#: ``stage``: a step of the episode; ``step``: a question of the tree; the last three: what a row leads to.
BoxKind = Literal["stage", "step", "branch", "acts", "reorientation", "recourse"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a box, wrapped where it must be."""

    text: str
    to_validate: bool = False
    #: One of a list.
    bullet: bool = False

    @property
    def words(self) -> str:
        return f"{self.text} (à\u00a0valider)" if self.to_validate else self.text


@dataclass(frozen=True, slots=True)
class Box:
    """A titled box."""

    kind: BoxKind
    title: str
    lines: tuple[Line, ...] = ()

    @property
    def to_validate(self) -> bool:
        return any(line.to_validate for line in self.lines)

    @property
    def words(self) -> str:
        return " ".join(filter(None, (_closed(self.title), "\u00a0; ".join(line.words for line in self.lines))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One box, where it hangs, and what it leads to."""

    depth: int
    #: Index of the row that it hangs below; None for a stage.
    parent: int | None
    box: Box
    exit: Box | None = None

    @property
    def words(self) -> str:
        return f"{self.box.words} → {self.exit.words}" if self.exit else self.box.words


def _closed(title: str) -> str:
    return title if not title or title.endswith((":", "?", ".")) else f"{title}."
