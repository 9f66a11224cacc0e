"""Versions that include nobody: an inclusion criterion that the known text leaves open can never be met, by anybody.

Unknown never includes. Such a version is not in error: what it lacks was looked for and not found, and is said.
"""

from mappings.domain.logic import All, AnyOf, Expression, Not, Undefined
from mappings.domain.protocol import Criterion, Protocol


def open_for_everybody(protocol: Protocol) -> tuple[Criterion, ...]:
    """The inclusion criteria that no answer can meet; empty where somebody may be included."""
    return tuple(one for one in protocol.criteria if one.kind == "inclusion" and _never(one.expression, met=True))


def _never(expression: Expression, *, met: bool) -> bool:
    """Whether no answer makes the expression true; ``met`` False: makes it false."""
    match expression:
        case Undefined():
            return True
        case Not():
            return _never(expression.part, met=not met)
        case All():
            return (any if met else all)(_never(part, met=met) for part in expression.parts)
        case AnyOf():
            return (all if met else any)(_never(part, met=met) for part in expression.parts)
    return False
