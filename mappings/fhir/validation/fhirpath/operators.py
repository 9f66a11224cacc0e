"""The operators of FHIRPath (http://hl7.org/fhirpath/N1, section 6): logic is three-valued, unknown being empty."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from mappings.fhir.validation.fhirpath.functions import FALSE, TRUE, union, verdict
from mappings.fhir.validation.fhirpath.nodes import EMPTY, Collection, Environment, compared, plain, same

#: An expression made ready: the environment, what it is evaluated on, what comes out.
Expression = Callable[[Environment, Collection], Collection]
Truth = bool | None


def truth(items: Collection) -> Truth:
    """One boolean is itself, any other single item is true, several say nothing (section 4.5)."""
    if len(items) != 1:
        return None
    value = plain(items[0])
    return value if isinstance(value, bool) else True


def negation(value: Truth) -> Collection:
    return EMPTY if value is None else FALSE if value else TRUE


def _and(left: Expression, right: Expression) -> Expression:
    def both(environment: Environment, focus: Collection) -> Collection:
        a = truth(left(environment, focus))
        if a is False:
            return FALSE
        b = truth(right(environment, focus))
        return FALSE if b is False else TRUE if a and b else EMPTY

    return both


def _or(left: Expression, right: Expression) -> Expression:
    def either(environment: Environment, focus: Collection) -> Collection:
        a = truth(left(environment, focus))
        if a:
            return TRUE
        b = truth(right(environment, focus))
        return TRUE if b else FALSE if a is False and b is False else EMPTY

    return either


def _xor(left: Expression, right: Expression) -> Expression:
    def one(environment: Environment, focus: Collection) -> Collection:
        a, b = truth(left(environment, focus)), truth(right(environment, focus))
        return EMPTY if a is None or b is None else verdict(a != b)

    return one


def _implies(left: Expression, right: Expression) -> Expression:
    def leads(environment: Environment, focus: Collection) -> Collection:
        a = truth(left(environment, focus))
        if a is False:
            return TRUE
        b = truth(right(environment, focus))
        return TRUE if b else EMPTY if a is None or b is None else FALSE

    return leads


def _equal(left: Collection, right: Collection) -> Truth:
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    pairs = [same(a, b) for a, b in zip(left, right, strict=True)]
    return False if False in pairs else None if None in pairs else True


def _equivalent(left: Collection, right: Collection) -> bool:
    def folded(item: Any) -> Any:
        value = plain(item)
        return " ".join(value.lower().split()) if isinstance(value, str) else value

    if len(left) != len(right):
        return False
    return all(any(same(folded(a), folded(b)) for b in right) for a in left)


def _ordered(judge: Callable[[int], bool]) -> Callable[[Collection, Collection], Truth]:
    def order(left: Collection, right: Collection) -> Truth:
        found = compared(left[0], right[0]) if len(left) == len(right) == 1 else None
        return None if found is None else judge(found)

    return order


def _in(left: Collection, right: Collection) -> Truth:
    return any(same(left[0], item) for item in right) if len(left) == 1 else None


def _judged(judge: Callable[[Collection, Collection], Truth]) -> Callable[[Expression, Expression], Expression]:
    def made(left: Expression, right: Expression) -> Expression:
        return lambda environment, focus: verdict(judge(left(environment, focus), right(environment, focus)))

    return made


def _valued(
    compute: Callable[[Collection, Collection], Collection],
) -> Callable[[Expression, Expression], Expression]:
    def made(left: Expression, right: Expression) -> Expression:
        return lambda environment, focus: compute(left(environment, focus), right(environment, focus))

    return made


def _joined(left: Collection, right: Collection) -> Collection:
    return ["".join(str(plain(item)) for item in (*left[:1], *right[:1]))]


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Collection, Collection], Collection]:
    def computed(left: Collection, right: Collection) -> Collection:
        if len(left) != 1 or len(right) != 1:
            return EMPTY
        a, b = plain(left[0]), plain(right[0])
        if isinstance(a, str) and isinstance(b, str) and compute is _plus:
            return [a + b]
        if any(isinstance(value, bool) or not isinstance(value, int | Decimal) for value in (a, b)):
            return EMPTY
        try:
            return [compute(a, b)]
        except ArithmeticError:
            return EMPTY

    return computed


def _plus(a: Any, b: Any) -> Any:
    return a + b


def _negated(value: Truth) -> Truth:
    return None if value is None else not value


BINARY: Final[Mapping[str, Callable[[Expression, Expression], Expression]]] = {
    "and": _and,
    "or": _or,
    "xor": _xor,
    "implies": _implies,
    "=": _judged(_equal),
    "!=": _judged(lambda left, right: _negated(_equal(left, right))),
    "~": _judged(_equivalent),
    "!~": _judged(lambda left, right: not _equivalent(left, right)),
    "<": _judged(_ordered(lambda order: order < 0)),
    "<=": _judged(_ordered(lambda order: order <= 0)),
    ">": _judged(_ordered(lambda order: order > 0)),
    ">=": _judged(_ordered(lambda order: order >= 0)),
    "in": _judged(_in),
    "contains": _judged(lambda left, right: _in(right, left)),
    "|": _valued(union),
    "&": _valued(_joined),
    "+": _valued(_arithmetic(_plus)),
    "-": _valued(_arithmetic(lambda a, b: a - b)),
    "*": _valued(_arithmetic(lambda a, b: a * b)),
    "/": _valued(_arithmetic(lambda a, b: Decimal(a) / Decimal(b))),
    "div": _valued(_arithmetic(lambda a, b: int(a / b))),
    "mod": _valued(_arithmetic(lambda a, b: a % b)),
}
