"""The way of a patient through a protocol, as rows of boxes: criteria, exam, recourses, decision tree.

From the definition that is executed, in the order of its steps. A row has one box, what hangs below it is indented,
and what it leads to stands beside it. Where boxes go on a page must not be known here.
"""

from collections.abc import Iterator
from typing import Final

from mappings.domain import wording
from mappings.domain.evidence import TO_VALIDATE, Certainty
from mappings.domain.logic import Undefined, leaves
from mappings.domain.picture.boxes import Box, BoxKind, Line, Row
from mappings.domain.picture.tree import decision
from mappings.domain.protocol import Criterion, Protocol

__all__ = ["Box", "BoxKind", "Line", "Row", "described", "rows_of"]

#: Criteria that are named where they stop the exam; more are counted.
_NAMED: Final = 3


def rows_of(protocol: Protocol) -> tuple[Row, ...]:
    """From the information of the patient to the report."""
    rows: list[Row] = []
    for stage in (_information, _inclusion, _exclusion, _exam, _withdrawal, _recourses, decision, _report):
        stage(protocol, rows)
    return tuple(rows)


Rows = list[Row]


def _stage(rows: Rows, title: str, lines: tuple[Line, ...] = (), exit: Box | None = None) -> int:
    rows.append(Row(depth=0, parent=None, box=Box("stage", title, lines), exit=exit))
    return len(rows) - 1


def _information(protocol: Protocol, rows: Rows) -> None:
    consent = protocol.consent
    _stage(rows, "Information et consentement", (_line(consent.text, consent.certainty),))


def _inclusion(protocol: Protocol, rows: Rows) -> None:
    lines = tuple(_criterion(each) for each in protocol.criteria if each.kind == "inclusion")
    if lines:
        _stage(
            rows,
            "Inclusion : chaque critère est rempli",
            lines,
            _away(protocol, "Un seul ne l’est pas, ou est inconnu"),
        )


def _exclusion(protocol: Protocol, rows: Rows) -> None:
    lines = tuple(_criterion(each) for each in protocol.criteria if each.kind in ("exclusion", "red-flag"))
    if lines:
        _stage(
            rows, "Exclusion : aucun critère n’est présent", lines, _away(protocol, "Un seul est présent, ou inconnu")
        )


def _withdrawal(protocol: Protocol, rows: Rows) -> None:
    lines = tuple(_criterion(each) for each in protocol.criteria if each.kind == "withdrawal")
    if lines:
        _stage(rows, "Sortie : aucun critère n’est présent", lines, _away(protocol, "Un seul est présent, ou inconnu"))


def _exam(protocol: Protocol, rows: Rows) -> None:
    stage = _stage(rows, "Examen, dans cet ordre")
    texts = {criterion.id: criterion.text for criterion in protocol.criteria}
    for place, section in enumerate(protocol.exam, 1):
        role = " (délégant)" if section.role == "DELEGATOR" else ""
        doubtful = sum(item.certainty in TO_VALIDATE for item in section.items)
        said = wording.counted(len(section.items), "question", "questions")
        line = Line(f"{place}. {section.title}{role} – {said}" + (f", dont {doubtful} à valider" if doubtful else ""))
        stops = [texts[id_] for id_ in section.stops]
        rows.append(Row(depth=1, parent=stage, box=Box("branch", "", (line,)), exit=_stop(stops) if stops else None))


def _stop(criteria: list[str]) -> Box:
    """Many criteria are counted: each stands in the list of exclusions already."""
    if len(criteria) > _NAMED:
        line = Line(f"si l’un des {len(criteria)} critères qu’elle établit est présent")
        return Box("reorientation", "L’examen s’arrête à cette étape", (line,))
    lines = tuple(Line(text, bullet=True) for text in criteria)
    return Box("reorientation", "L’examen s’arrête à cette étape si :", lines)


def _recourses(protocol: Protocol, rows: Rows) -> None:
    if not protocol.recourses:
        return
    items = {item.link_id: item for item in protocol.exam_items}
    stage = _stage(rows, "Recours obligatoire au délégant")
    for recourse in protocol.recourses:
        doubtful = recourse.certainty in TO_VALIDATE
        shown = Line(f"Établi par : {wording.condition(recourse.satisfied, items)}")
        box = Box("branch", "", (Line(recourse.text, to_validate=doubtful),))
        rows.append(
            Row(depth=1, parent=stage, box=box, exit=Box("recourse", "Délégant consulté avant l’acte", (shown,)))
        )


def _report(protocol: Protocol, rows: Rows) -> None:
    _stage(rows, "Compte rendu", (_line(protocol.report.text, protocol.report.certainty),))


def _away(protocol: Protocol, when: str) -> Box:
    ways = [Line(o.text, to_validate=o.certainty in TO_VALIDATE) for o in protocol.outcomes if o.when == "not-eligible"]
    return Box("reorientation", when, tuple(ways) or (Line("Réorientation"),))


def _criterion(criterion: Criterion) -> Line:
    before = "Signe d’alerte : " if criterion.kind == "red-flag" else ""
    after = " – appel des urgences" if criterion.emergency else ""
    unread = any(isinstance(leaf, Undefined) for leaf in leaves(criterion.expression))
    doubtful = unread or criterion.certainty in TO_VALIDATE
    return Line(f"{before}{criterion.text}{after}", to_validate=doubtful, bullet=True)


def _line(text: str, certainty: Certainty) -> Line:
    return Line(text, to_validate=certainty in TO_VALIDATE)


def described(rows: tuple[Row, ...]) -> Iterator[tuple[int, str]]:
    """The whole picture in words, for whoever does not see it: depth and sentence of each row."""
    for row in rows:
        yield row.depth, wording.typeset(row.words)
