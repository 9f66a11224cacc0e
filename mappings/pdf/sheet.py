"""The identity sheet as a PDF: one A4 page whenever it fits, then the picture of the protocol at its true size.

PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1): kept for long, and read aloud in order. Equal bytes for equal
sheets. The data travels beside the template, never inside it: no title can become markup.
"""

import datetime as dt
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

from mappings.domain import wording
from mappings.domain.picture import Row, described
from mappings.domain.sheet import Item, Question, Sheet, Statement
from mappings.domain.sheet import words as said
from mappings.domain.wording import typeset
from mappings.pdf.printed import Page, page_of

_TEMPLATE: Final = resources.files(__package__).joinpath("sheet.typ").read_text(encoding="utf-8")
#: Items that are told whole elsewhere in the document: here, without what stands beneath.
_BRIEF: Final = ("examen", "scores")


def sheet_page(sheet: Sheet, rows: Sequence[Row], pictures: Sequence[str]) -> Page:
    """``pictures``: the rows drawn as SVG, a page each."""
    data = _page(sheet) | {
        "pictures": list(pictures),
        "legend": typeset(said.LEGEND),
        "alternative": "\n".join(f"{'– ' * depth}{words}" for depth, words in described(tuple(rows))),
    }
    return page_of("sheet", _TEMPLATE, data, dt.datetime.combine(sheet.day, dt.time(), dt.UTC))


def _page(sheet: Sheet) -> dict[str, Any]:
    sources = {citation: place for place, citation in enumerate(sheet.sources, 1)}
    left, right = _columns([_question(question, sources) for question in sheet.questions])
    return {
        "name": f"Fiche d’identité – {typeset(sheet.short_title)}, version {sheet.version}",
        "date": {"year": sheet.day.year, "month": sheet.day.month, "day": sheet.day.day},
        "short_title": typeset(sheet.short_title),
        "title": typeset(sheet.title),
        "version": sheet.version,
        "regime": said.REGIMES[sheet.regime],
        "status": said.STATUSES[sheet.status],
        "is_draft": sheet.status == "draft",
        "standing": typeset(said.standing(sheet)),
        "halted": [typeset(one) for one in (*said.halted(sheet.halts), said.includes_nobody(sheet)) if one],
        "legal": _statement(sheet.legal_basis, sources) if sheet.legal_basis else None,
        "canonical": f"{sheet.id}|{sheet.version}",
        "missing": [item.title for item in sheet.missing],
        "to_validate": wording.counted(sheet.to_validate, "point à valider", "points à valider"),
        "left": left,
        "right": right,
        "versions": [
            f"{line.version}, {wording.period(line.period)}, {said.STATUSES[line.status]}" for line in sheet.versions
        ],
        "previous": sheet.previous,
        "changes": [
            {"heading": c.heading, "kind": said.CHANGES[c.kind], "text": typeset(said.changed(c))}
            for c in sheet.changes
        ],
        "completeness": typeset(said.whole(sheet)),
        "check": _check(sheet),
        "gaps": [_statement(gap, sources) for gap in sheet.gaps],
        "sources": [typeset(citation) for citation in sources],
        "certainties": [f"{mark} = {words}" for mark, words in said.CERTAINTIES.items()],
        "not_known": said.NOT_KNOWN,
    }


def _check(sheet: Sheet) -> str:
    """Who checked the definition, and who took its gaps upon themselves."""
    check = sheet.annex_check
    told = [
        f"Définition contrôlée sur l’annexe par {check.by} le {wording.day(check.on)}."
        if check
        else "Définition non contrôlée sur l’annexe."
    ]
    if sheet.override:
        one = sheet.override
        told.append(f"Exclusions incomplètes assumées par {one.by} le {wording.day(one.on)} : {one.reason}")
    return typeset(" ".join(told))


def _question(question: Question, sources: dict[str, int]) -> dict[str, Any]:
    items = [_item(item, sources) for item in question.items if item.statements or item.mandatory]
    return {"title": typeset(question.title), "items": items}


def _item(item: Item, sources: dict[str, int]) -> dict[str, Any]:
    partial = item.completeness if item.completeness and item.completeness != "complete" else None
    statements = [_statement(one, sources, brief=item.key in _BRIEF) for one in item.statements]
    return {
        "title": item.title,
        "mandatory": item.mandatory,
        "partial": f"liste {said.COMPLETENESS[partial]}" if partial else "",
        "statements": statements,
    }


def _statement(statement: Statement, sources: dict[str, int], *, brief: bool = False) -> dict[str, Any]:
    return {
        "text": typeset(statement.text),
        "mark": f"{sources[statement.source]}{wording.NBSP}{statement.certainty}",
        "doubtful": said.TO_VALIDATE if statement.to_validate else "",
        "details": [] if brief else [_statement(one, sources) for one in statement.details],
    }


def _columns(questions: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """In their order, cut where the two columns are most nearly of one length."""
    lengths = [_length(question) for question in questions]
    cut = min(range(1, len(questions)), key=lambda place: max(sum(lengths[:place]), sum(lengths[place:])))
    return questions[:cut], questions[cut:]


def _length(question: dict[str, Any]) -> float:
    """About how many lines a question takes."""
    lines = 2.2
    for item in question["items"]:
        lines += 1.5 if item["statements"] else 2.6
        for one in item["statements"]:
            letters = sum(len(part["text"]) + (20 if part["doubtful"] else 7) for part in (one, *one["details"]))
            lines += 1.1 + letters // 64
    return lines
