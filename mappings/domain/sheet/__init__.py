"""The identity sheet of one version of a protocol (fiche d’identité): what a person must find on one page.

Six questions, and among their items the five that no sheet may lack: public, délégants and délégués, objectives,
derogatory acts, trainings. Everything comes from the definition that is executed; nothing is written twice.
"""

import datetime as dt
from collections.abc import Sequence

from mappings.domain.changes import changes
from mappings.domain.life.halts import NOT_HALTED, Halts
from mappings.domain.openness import open_for_everybody
from mappings.domain.protocol import Protocol
from mappings.domain.sheet.model import Item, Question, Sheet, Statement, VersionLine
from mappings.domain.sheet.questions import fact, questions
from mappings.domain.versions import predecessor

__all__ = ["Item", "Question", "Sheet", "Statement", "VersionLine", "missing_of", "sheet_of"]


def sheet_of(versions: Sequence[Protocol], shown: Protocol, day: dt.date, halts: Halts = NOT_HALTED) -> Sheet:
    """The sheet of ``shown``, one of ``versions``, as read on ``day``."""
    before = predecessor(versions, shown)
    return Sheet(
        id=shown.id,
        version=shown.version,
        title=shown.title,
        short_title=shown.short_title,
        regime=shown.regime,
        status=shown.status,
        source=shown.dating.source,
        certainty=shown.dating.certainty,
        day=day,
        period=shown.period,
        in_force=shown.in_force(day),
        legal_basis=_legal_basis(shown),
        questions=questions(shown, day),
        versions=tuple(_line(version, shown, day) for version in versions),
        previous=before.version if before else "",
        changes=changes(before, shown) if before else (),
        completeness=tuple(shown.completeness.items()),
        gaps=tuple(fact(gap) for gap in shown.gaps),
        annex_check=shown.annex_check,
        override=shown.override,
        halts=halts,
        open_for_everybody=tuple(one.text for one in open_for_everybody(shown)),
    )


def missing_of(protocol: Protocol) -> tuple[Item, ...]:
    """The mandatory items that the sheet of this version would lack."""
    day = protocol.period.start if protocol.period else dt.date.max
    asked = (item for question in questions(protocol, day) for item in question.items)
    return tuple(item for item in asked if item.mandatory and not item.statements)


def _legal_basis(protocol: Protocol) -> Statement | None:
    order = protocol.order
    return Statement(text=order.citation, source=order.source, certainty=order.certainty) if order else None


def _line(version: Protocol, shown: Protocol, day: dt.date) -> VersionLine:
    return VersionLine(
        version=version.version,
        title=version.title,
        period=version.period,
        status=version.status,
        in_force=version.in_force(day),
        shown=version.canonical == shown.canonical,
    )
