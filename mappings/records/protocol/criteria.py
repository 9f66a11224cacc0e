"""``criteres.toml``: who may enter the protocol, and who must leave it."""

import dataclasses
from collections.abc import Mapping
from typing import Final

from mappings.domain.logic import Expression, Undefined
from mappings.domain.protocol import Criterion, CriterionKind
from mappings.domain.reporting import REORIENTATION_REASONS
from mappings.records.condition import Known, condition_from_toml
from mappings.records.table import Table, evidence

KINDS: Final[Mapping[str, CriterionKind]] = {
    "inclusion": "inclusion",
    "exclusion": "exclusion",
    "alerte": "red-flag",
    "sortie": "withdrawal",
}
REASONS: Final = {code: code for code in REORIENTATION_REASONS}


def criteria(table: Table, known: Known) -> tuple[Criterion, ...]:
    read = tuple(_criterion(criterion, known) for criterion in table.tables("criteres"))
    if not any(criterion.kind == "inclusion" for criterion in read):
        table.refuse("required", "criteres", "Aucun critère d’inclusion n’est défini.")
    return read


def _criterion(table: Table, known: Known) -> Criterion:
    expression = condition_from_toml(table.table("condition"), known)
    kind = table.choice("nature", KINDS)
    told = table.choice("motif", REASONS) if "motif" in table or kind == "withdrawal" else ""
    criterion = Criterion(
        id=table.own_identifier("id", "plan"),
        kind=kind,
        text=table.text("texte"),
        expression=expression,
        reason=told or "exclusion-other",
        emergency=table.flag("urgence", default=False),
        **evidence(table, decides=not _is_open(expression)),
    )
    table.close()
    by_age = not told and criterion.is_of_age
    return dataclasses.replace(criterion, reason="exclusion-age") if by_age else criterion


def _is_open(expression: Expression) -> bool:
    """A criterion that is known to exist and whose value is not decides of nothing: it stays unknown."""
    return isinstance(expression, Undefined)
