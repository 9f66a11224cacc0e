"""Invariants made ready: an expression that must not be false (R4 4.0.1, https://hl7.org/fhir/R4/elementdefinition.html).

An expression that is empty breaks nothing: what must be there is said by a cardinality.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mappings.fhir.validation.fhirpath import Environment, Expression, Node, compiled, truth
from mappings.fhir.validation.findings import NONE, Finding, Findings, Severity


@dataclass(frozen=True, slots=True)
class Invariant:
    """One invariant of an element."""

    expression: Expression
    #: What is told when it does not hold.
    broken: Finding

    def __call__(self, node: Node, environment: Environment) -> Findings:
        holds = truth(self.expression(environment, [node]))
        return (self.broken,) if holds is False else NONE


def invariant(expression: str, severity: str, text: str, reference: str) -> Invariant:
    """``text`` is a French sentence, ``{}`` standing for the element."""
    grave: Severity = "error" if severity == "error" else "warning"
    return Invariant(compiled(expression), Finding("", "invariant", text, reference, grave))


def broken(invariants: Iterable[Invariant], node: Node, environment: Environment) -> list[Finding]:
    return [found for rule in invariants for found in rule(node, environment)]
