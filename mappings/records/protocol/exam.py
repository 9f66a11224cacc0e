"""``examen.toml`` and ``information.toml``: ordered steps of questions, scores, information of the patient."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from mappings.codes.units import UNITS
from mappings.domain.logic import Answered, Points, Score
from mappings.domain.overlap import hold_together
from mappings.domain.protocol import ExamSection, FormItem, ItemCode, ItemType, Option
from mappings.records.condition import Known, condition_from_toml
from mappings.records.table import Table, evidence

ITEM_TYPES: Final[Mapping[str, ItemType]] = {
    "oui-non": "boolean",
    "nombre": "decimal",
    "entier": "integer",
    "date": "date",
    "choix": "choice",
    "texte": "text",
}
ROLES: Final[Mapping[str, Literal["DELEGATEE", "DELEGATOR"]]] = {"délégué": "DELEGATEE", "délégant": "DELEGATOR"}


@dataclass(frozen=True, slots=True)
class Exam:
    """The steps, and the criteria that each names, which are read after them."""

    sections: tuple[ExamSection, ...]
    stops: tuple[tuple[Table, tuple[str, ...]], ...]


def exam_of(table: Table, known: Known) -> Exam:
    tables = table.tables("rubriques")
    sections = tuple(_section(each, known) for each in tables)
    return Exam(sections, tuple((each, s.stops) for each, s in zip(tables, sections, strict=True)))


def _section(table: Table, known: Known) -> ExamSection:
    section = ExamSection(
        link_id=table.own_identifier("id", "exam"),
        title=table.text("titre"),
        items=tuple(_question(question, known, "exam") for question in table.tables("questions")),
        role=table.choice("role", ROLES) if "role" in table else "DELEGATEE",
        stops=table.texts("arret"),
    )
    table.close()
    return section


def _question(table: Table, known: Known, space: str) -> FormItem:
    """Read one question; it may only depend on questions that stand before it, and joins them."""
    item_type = table.choice("type", ITEM_TYPES)
    item = FormItem(
        link_id=table.own_identifier("id", space),
        text=table.text("libelle"),
        type=item_type,
        required=table.flag("obligatoire"),
        options=tuple(map(_option, table.tables("choix"))) if item_type == "choice" else (),
        unit=_unit(table),
        minimum=table.optional_whole("minimum"),
        maximum=table.optional_whole("maximum"),
        code=_item_code(table),
        enabled_when=_enabled_when(table, known),
        **evidence(table),
    )
    if item.minimum is not None and item.maximum is not None and item.minimum > item.maximum:
        table.refuse("value", "minimum", "« minimum » dépasse « maximum ».")
    table.close()
    known.questions[item.link_id] = item
    return item


def _unit(table: Table) -> str:
    unit = table.optional_text("unite")
    if unit and unit not in UNITS:
        text = f"L’unité « {unit} » n’est pas une unité UCUM connue ici. Celles qui le sont : {', '.join(UNITS)}."
        table.refuse("code-invalid", "unite", text)
    return unit


def _option(table: Table) -> Option:
    option = Option(code=table.identifier("code"), display=table.text("libelle"))
    table.close()
    return option


def _item_code(table: Table) -> ItemCode | None:
    if "code" not in table:
        return None
    code = table.table("code")
    read = ItemCode(loinc=code.matching("loinc", r"\d{1,5}-\d", "un code LOINC (8310-5)"), **evidence(code))
    code.close()
    return read


def _enabled_when(table: Table, known: Known) -> Answered | None:
    if "si" not in table:
        return None
    condition = condition_from_toml(table.table("si"), known)
    if isinstance(condition, Answered):
        return condition
    table.refuse("value", "si", "Une question ne dépend que de la réponse à une autre.")
    return None


def information_of(table: Table) -> tuple[FormItem, ...]:
    shown = tuple(map(_shown_text, table.tables("textes")))
    known = Known()
    return shown + tuple(_question(each, known, "information") for each in table.tables("questions", least=0))


def _shown_text(table: Table) -> FormItem:
    shown = FormItem(
        link_id=table.own_identifier("id", "information"), text=table.text("libelle"), type="display", **evidence(table)
    )
    table.close()
    return shown


# ── scores ────────────────────────────────────────────────────────────────────────────────────────────────


def scores_of(table: Table, known: Known) -> tuple[Score, ...]:
    """A score may read the scores that stand before it; it then joins them."""
    return tuple(_score(each, known) for each in table.tables("scores", least=0))


def _score(table: Table, known: Known) -> Score:
    score = Score(
        id=table.own_identifier("id", "plan"),
        title=table.text("titre"),
        points=tuple(_points(each, known) for each in table.tables("points")),
    )
    table.close()
    known.scores[score.id] = score
    return score


def _points(table: Table, known: Known) -> Points:
    """Points when a condition holds and none else; or the points of the one case that holds, unknown when none does."""
    by_case = "cas" in table
    cases = table.tables("cas") if by_case else [table]
    points = Points(
        id=table.own_identifier("id", "plan"),
        text=table.text("texte"),
        cases=tuple((condition_from_toml(case.table("condition"), known), case.whole("points")) for case in cases),
        otherwise=None if by_case else 0,
        **evidence(table, decides=True),
    )
    for case in cases if by_case else []:
        case.close()
    conditions = [condition for condition, _ in points.cases]
    for n, condition in enumerate(conditions):
        if any(hold_together(condition, before, known.questions) for before in conditions[:n]):
            table.refuse("business-rule", f"cas[{n}]", "Deux cas d’un score peuvent être vrais à la fois.")
    table.close()
    return points
