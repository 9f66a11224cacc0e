"""From the tree of an expression to one Python function, made of small ones (http://hl7.org/fhirpath/N1, sections 5, 6).

Every function here takes the environment and what stands for ``$this``; logic is three-valued, unknown being empty.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Final

from mappings.fhir.definitions import carried
from mappings.fhir.validation.fhirpath import syntax
from mappings.fhir.validation.fhirpath.functions import (
    ARITY,
    FUNCTIONS,
    distinct,
    number_of,
    verdict,
)
from mappings.fhir.validation.fhirpath.nodes import (
    EMPTY,
    Collection,
    Environment,
    Node,
    children,
    is_a,
    moment,
    plain,
)
from mappings.fhir.validation.fhirpath.operators import BINARY, Expression, negation, truth
from mappings.fhir.validation.fhirpath.syntax import Tree, Unsupported

_CONSTANTS: Final = {
    "%ucum": "http://unitsofmeasure.org",
    "%sct": "http://snomed.info/sct",
    "%loinc": "http://loinc.org",
}
#: Rounds that ``repeat`` may take: no resource is nested deeper.
_ROUNDS: Final = 200


@cache
def compiled(expression: str) -> Expression:
    """The function of an expression; ``Unsupported`` when it uses what is not known here. Not for a caller's texts."""
    return _made(syntax.parse(expression))


def _made(tree: Tree) -> Expression:
    match tree:
        case syntax.Literal(value):
            constant: Collection = [] if value is None else [value]
            return lambda _environment, _focus: constant
        case syntax.Moment(text):
            when = moment(text.removeprefix("T"))
            return lambda _environment, _focus: [when]
        case syntax.Variable(name):
            return _variable(name)
        case syntax.Member(left, name):
            return _member(left, name)
        case syntax.Function(left, name, arguments):
            return _function(_made(left) if left else _this, name, arguments)
        case syntax.Indexer(left, index):
            return _indexed(_made(left), _made(index))
        case syntax.Unary(operand):
            inner = _made(operand)
            return lambda environment, focus: _negative(inner(environment, focus))
        case syntax.Binary(operator, left, syntax.Literal(str() as name)) if operator in ("is", "as"):
            return _typing(operator, _made(left), name)
        case syntax.Binary(operator, left, right):
            return BINARY[operator](_made(left), _made(right))


def _this(_: Environment, focus: Collection) -> Collection:
    return focus


def _variable(name: str) -> Expression:
    match name:
        case "$this" | "%context":
            return _this
        case "%resource":
            return lambda environment, _focus: [environment.resource]
        case "%rootResource":
            return lambda environment, _focus: [environment.root]
        case _ if name in _CONSTANTS:
            constant: Collection = [_CONSTANTS[name]]
            return lambda _environment, _focus: constant
    raise Unsupported(f"the variable {name}")


def _member(left: Tree | None, name: str) -> Expression:
    if left is None:
        # an expression may begin with the type of what it is evaluated on
        root = name[0].isupper() and carried(name)

        def start(environment: Environment, focus: Collection) -> Collection:
            if root and len(focus) == 1 and isinstance(focus[0], Node) and focus[0].type == name:
                return focus
            return _step(environment, focus, name)

        return start
    before = _made(left)
    return lambda environment, focus: _step(environment, before(environment, focus), name)


def _step(environment: Environment, focus: Collection, name: str) -> Collection:
    found = [child for item in focus if isinstance(item, Node) for child in children(item, name)]
    environment.meter.spend(len(focus) + len(found))
    return found


def _indexed(before: Expression, index: Expression) -> Expression:
    def at(environment: Environment, focus: Collection) -> Collection:
        place = number_of(index(environment, focus))
        return before(environment, focus)[place : place + 1] if place is not None and place >= 0 else EMPTY

    return at


def _negative(items: Collection) -> Collection:
    value = plain(items[0]) if len(items) == 1 else None
    return [-value] if isinstance(value, int | Decimal) and not isinstance(value, bool) else EMPTY


def _typing(operator: str, before: Expression, name: str) -> Expression:
    def is_(environment: Environment, focus: Collection) -> Collection:
        items = before(environment, focus)
        return verdict(is_a(items[0], name)) if len(items) == 1 else EMPTY

    def as_(environment: Environment, focus: Collection) -> Collection:
        return [item for item in before(environment, focus) if is_a(item, name)]

    return is_ if operator == "is" else as_


# ── functions that take an expression ──────────────────────────────────────────────────────────────────────


def _function(before: Expression, name: str, arguments: tuple[Tree, ...]) -> Expression:
    if name in ("is", "as", "ofType") and len(arguments) == 1:
        return _typing("is" if name == "is" else "as", before, _type_name(arguments[0]))
    if name in _ON_EACH and len(arguments) == 1:
        return _ON_EACH[name](before, _made(arguments[0]))
    if name == "iif" and len(arguments) in (2, 3):
        return _iif(before, *map(_made, arguments))
    if name == "exists" and not arguments:
        return lambda environment, focus: verdict(bool(before(environment, focus)))
    if name == "not" and not arguments:
        return lambda environment, focus: negation(truth(before(environment, focus)))
    least, most = ARITY.get(name, (0, 0))
    if name not in FUNCTIONS or not least <= len(arguments) <= most:
        raise Unsupported(f"the function {name} with {len(arguments)} arguments")
    apply, values = FUNCTIONS[name], tuple(map(_made, arguments))

    def call(environment: Environment, focus: Collection) -> Collection:
        return apply(environment, before(environment, focus), tuple(value(environment, focus) for value in values))

    return call


def _type_name(tree: Tree) -> str:
    if isinstance(tree, syntax.Member):
        return tree.name
    raise Unsupported("a type that is not a name")


def _where(before: Expression, criterion: Expression) -> Expression:
    return lambda environment, focus: [
        item for item in before(environment, focus) if truth(criterion(environment, [item])) is True
    ]


def _exists(before: Expression, criterion: Expression) -> Expression:
    return lambda environment, focus: verdict(
        any(truth(criterion(environment, [item])) is True for item in before(environment, focus))
    )


def _all(before: Expression, criterion: Expression) -> Expression:
    return lambda environment, focus: verdict(
        all(truth(criterion(environment, [item])) is True for item in before(environment, focus))
    )


def _select(before: Expression, projection: Expression) -> Expression:
    return lambda environment, focus: [
        found for item in before(environment, focus) for found in projection(environment, [item])
    ]


def _repeat(before: Expression, projection: Expression) -> Expression:
    def repeated(environment: Environment, focus: Collection) -> Collection:
        found: Collection = []
        waiting = before(environment, focus)
        for _ in range(_ROUNDS):
            waiting = [below for item in waiting for below in projection(environment, [item])]
            if not waiting:
                break
            found += waiting
        return distinct(found)

    return repeated


def _iif(before: Expression, criterion: Expression, then: Expression, other: Expression | None = None) -> Expression:
    def chosen(environment: Environment, focus: Collection) -> Collection:
        items = before(environment, focus)
        if truth(criterion(environment, items)) is True:
            return then(environment, items)
        return other(environment, items) if other else EMPTY

    return chosen


_ON_EACH: Final[Mapping[str, Callable[[Expression, Expression], Expression]]] = {
    "all": _all,
    "exists": _exists,
    "repeat": _repeat,
    "select": _select,
    "where": _where,
}
