"""``voisins.toml``: the regimes beside cooperation. They are listed; nothing of them is ever executed here."""

import dataclasses
import tomllib
from dataclasses import dataclass

from mappings.domain.evidence import Certainty
from mappings.issues import Issue, Refused
from mappings.records.lines import line_at, lines_of
from mappings.records.protocol.identity import NEIGHBOURS
from mappings.records.table import Reading, Table

FILE = "voisins.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One regime, and why it is another."""

    regime: str
    title: str
    #: The text that founds it.
    key: str
    difference: str
    source: str
    certainty: Certainty


def neighbours_from_toml(text: str) -> tuple[Neighbour, ...]:
    issues: list[Issue] = []
    table = Table(tomllib.loads(text), FILE, Reading(issues))
    read = tuple(_neighbour(each) for each in table.tables("voisins"))
    table.close()
    if issues:
        lines = lines_of(text)
        raise Refused(
            dataclasses.replace(
                issue, text=f"{FILE}, ligne {line_at(lines, issue.expression.removeprefix(f'{FILE}.'))} : {issue.text}"
            )
            for issue in issues
        )
    return read


def _neighbour(table: Table) -> Neighbour:
    read = Neighbour(
        regime=table.choice("regime", {each: each for each in NEIGHBOURS}),
        title=table.text("titre"),
        key=table.text("cle"),
        difference=table.text("difference"),
        source=table.text("source"),
        certainty=table.certainty("certitude"),
    )
    table.close()
    return read
