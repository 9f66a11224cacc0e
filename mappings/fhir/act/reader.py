"""Reads the elements of an act and of what comes with it, and remembers their faults, so that all are told at once."""

import datetime as dt
from typing import Any

from mappings.codes import systems
from mappings.elements import parse_instant
from mappings.fhir.act.elements import PROCEDURE_PROFILE
from mappings.issues import Issue


class Reader:
    """Reads elements and remembers what is missing, so that every fault is told at once."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def missing(self, expression: str, what: str, profile: str = PROCEDURE_PROFILE) -> None:
        self.issues.append(Issue("required", expression, f"L’élément {what} est exigé pour un acte délégué.", profile))

    def reference(self, node: Any, type_: str, expression: str, profile: str = PROCEDURE_PROFILE) -> str:
        literal = node.get("reference", "") if isinstance(node, dict) else ""
        kind, _, id_ = literal.partition("/")
        if kind != type_ or not id_:
            text = f"Une référence littérale à un {type_} de ce serveur est exigée."
            self.issues.append(Issue("required", f"{expression}.reference", text, profile))
        return str(id_.partition("/")[0])

    def rpps(self, node: Any, expression: str) -> str:
        identifier = node.get("identifier", {}) if isinstance(node, dict) else {}
        if identifier.get("system") != systems.RPPS or not identifier.get("value"):
            self.missing(f"{expression}.identifier", "identifier (RPPS)")
            return ""
        return str(identifier["value"])

    def instant(self, text: Any, expression: str, profile: str = PROCEDURE_PROFILE) -> dt.datetime:
        instant = parse_instant(text) if isinstance(text, str) else None
        if instant is None:
            said = "La date doit être complète, avec l’heure et le décalage horaire."
            self.issues.append(Issue("value", expression, said, profile))
            return dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
        return instant
