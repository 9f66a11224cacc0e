"""The identity sheet as a flat record: the same words as on the page, with their sources and their certainty."""

from typing import Any

from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain.cooperation import Period
from mappings.domain.life.events import Suspension
from mappings.domain.life.halts import Halts
from mappings.domain.sheet import Item, Question, Sheet, Statement, VersionLine

Record = dict[str, Any]


def sheet_to_record(sheet: Sheet) -> Record:
    check, override = sheet.annex_check, sheet.override
    return {
        "protocol": f"{sheet.id}|{sheet.version}",
        "definition": f"{PLAN_DEFINITION}{sheet.id}|{sheet.version}",
        "title": sheet.title,
        "short_title": sheet.short_title,
        "regime": sheet.regime,
        "status": sheet.status,
        "source": sheet.source,
        "certainty": sheet.certainty,
        "on": sheet.day.isoformat(),
        "in_force": sheet.in_force,
        "suspensions": halts_to_record(sheet.halts),
        "period": _period(sheet.period),
        "legal_basis": _statement(sheet.legal_basis) if sheet.legal_basis else None,
        "questions": [_question(question) for question in sheet.questions],
        "includes_nobody": list(sheet.open_for_everybody),
        "missing": [item.key for item in sheet.missing],
        "to_validate": sheet.to_validate,
        "versions": [_version(line) for line in sheet.versions],
        "previous": sheet.previous or None,
        "changes": [
            {"heading": change.heading, "kind": change.kind, "before": change.before, "after": change.after}
            for change in sheet.changes
        ],
        "completeness": dict(sheet.completeness),
        "gaps": [_statement(gap) for gap in sheet.gaps],
        "annex_check": {"by": check.by, "on": check.on.isoformat()} if check else None,
        "override": (
            {"by": override.by, "on": override.on.isoformat(), "reason": override.reason} if override else None
        ),
    }


def halts_to_record(halts: Halts) -> Record:
    """What authorities have suspended; ``known`` false = what is on record does not read, and nobody may act."""
    return {
        "known": halts.known,
        "protocol": _suspension(halts.whole) if halts.whole else None,
        "coming": _suspension(halts.coming) if halts.coming else None,
        "structures": [
            {"structure_finess": one.finess or None, "name": one.name or None, **_suspension(one.suspension)}
            for one in halts.structures
        ],
    }


def _suspension(one: Suspension) -> Record:
    told = {"authority": one.authority, "reason": one.reason, "source": one.source}
    return {"period": _period(one.period), **told}


def _question(question: Question) -> Record:
    items = [_item(item) for item in question.items]
    return {"question": question.key, "title": question.title, "items": items}


def _item(item: Item) -> Record:
    return {
        "item": item.key,
        "title": item.title,
        "mandatory": item.mandatory,
        "completeness": item.completeness,
        "statements": [_statement(statement) for statement in item.statements],
    }


def _statement(statement: Statement) -> Record:
    return {
        "text": statement.text,
        "source": statement.source,
        "certainty": statement.certainty,
        "to_validate": statement.to_validate,
        "details": [_statement(detail) for detail in statement.details],
    }


def _version(line: VersionLine) -> Record:
    return {
        "version": line.version,
        "title": line.title,
        "status": line.status,
        "period": _period(line.period),
        "in_force": line.in_force,
    }


def _period(period: Period | None) -> Record | None:
    if period is None:
        return None
    return {"start": period.start.isoformat(), "end": period.end.isoformat() if period.end else None}
