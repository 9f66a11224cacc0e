"""The grammar of FHIRPath: an expression to a tree (http://hl7.org/fhirpath/N1, section 11).

Every operator of the language is known here; literals are those that invariants hold (no quantity).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final


class Unsupported(ValueError):
    """An expression that is not FHIRPath, or uses a part of it that is not known here."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; None is the empty collection."""

    value: str | bool | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, a time or both, as written after ``@``."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """``%resource``, ``$this``: the name with its sign."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """``left.name``; without ``left``, of what the expression is evaluated on."""

    left: "Tree | None"
    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """``left.name(arguments)``."""

    left: "Tree | None"
    name: str
    arguments: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Indexer:
    """``left[index]``."""

    left: "Tree"
    index: "Tree"


@dataclass(frozen=True, slots=True)
class Unary:
    """``-operand``."""

    operand: "Tree"


@dataclass(frozen=True, slots=True)
class Binary:
    """``left operator right``; on the right of ``is`` and ``as`` stands a type, as a ``Literal``."""

    operator: str
    left: "Tree"
    right: "Tree"


Tree = Literal | Moment | Variable | Member | Function | Indexer | Unary | Binary

#: Operators by how loosely they bind, the loosest first.
_LEVELS: Final = (
    ("implies",),
    ("or", "xor"),
    ("and",),
    ("in", "contains"),
    ("=", "~", "!=", "!~"),
    ("<=", "<", ">", ">="),
    ("|",),
    ("is", "as"),
    ("+", "-", "&"),
    ("*", "/", "div", "mod"),
)
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<moment>@[0-9T][0-9T:.+\-Z]*)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<variable>[%$](?:[A-Za-z_][\w\-]*|`[^`]+`|'[^']+'))
      | (?P<name>[A-Za-z_]\w*)
      | (?P<quoted>`[^`]+`)
      | (?P<sign><=|>=|!=|!~|[=~<>|&+\-*/.,()\[\]{}])
    )""",
    re.VERBOSE | re.ASCII,
)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
#: Deepest nesting; what is read here was published, and stays far below.
_DEEPEST: Final = 50

_Token = tuple[str, str]
_END: Final[_Token] = ("end", "")


def parse(expression: str) -> Tree:
    """The tree of an expression; ``Unsupported`` when it is not one."""
    reader = _Reader(list(_tokens(expression)))
    tree = reader.expression(0)
    if reader.token != _END:
        raise Unsupported("text after the end of an expression")
    return tree


def _tokens(expression: str) -> Iterator[_Token]:
    position, text = 0, expression.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise Unsupported(f"unknown sign at {position}")
        position = match.end()
        yield match.lastgroup, match[match.lastgroup]


class _Reader:
    """Recursive descent, one token ahead."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    @property
    def token(self) -> _Token:
        return self._tokens[self._position] if self._position < len(self._tokens) else _END

    def _take(self) -> _Token:
        token = self.token
        self._position += 1
        return token

    def _took(self, text: str) -> bool:
        kind, found = self.token
        if found == text and kind in ("sign", "name"):
            self._position += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._took(text):
            raise Unsupported(f"{text} is missing")

    def expression(self, level: int) -> Tree:
        if level == len(_LEVELS):
            return self._unary()
        left = self.expression(level + 1)
        while self.token[0] in ("sign", "name") and self.token[1] in _LEVELS[level]:
            operator = self._take()[1]
            right = Literal(self._type()) if operator in ("is", "as") else self.expression(level + 1)
            left = Binary(operator, left, right)
        return left

    def _type(self) -> str:
        name = self._name()
        while self._took("."):
            name = self._name()
        return name

    def _name(self) -> str:
        kind, text = self._take()
        if kind == "quoted":
            return text[1:-1]
        if kind != "name":
            raise Unsupported("a name is missing")
        return text

    def _unary(self) -> Tree:
        if self._took("-"):
            return Unary(self._unary())
        if self._took("+"):
            return self._unary()
        return self._path()

    def _path(self) -> Tree:
        tree = self._term()
        while True:
            if self._took("."):
                tree = self._invocation(tree)
            elif self._took("["):
                tree = Indexer(tree, self.expression(0))
                self._expect("]")
            else:
                return tree

    def _invocation(self, left: Tree | None) -> Tree:
        if self.token[0] == "variable":
            raise Unsupported("a variable after a point")
        name = self._name()
        if not self._took("("):
            return Member(left, name)
        arguments: list[Tree] = []
        while not self._took(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._nested())
        return Function(left, name, tuple(arguments))

    def _nested(self) -> Tree:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unsupported("nested too deep")
        tree = self.expression(0)
        self._depth -= 1
        return tree

    def _term(self) -> Tree:
        kind, text = self.token
        if kind == "name" and text not in ("true", "false"):
            return self._invocation(None)
        self._take()
        match kind:
            case "name":
                return Literal(text == "true")
            case "string":
                return Literal(_unescaped(text[1:-1]))
            case "number":
                if self.token[0] == "string":
                    raise Unsupported("a quantity")
                return Literal(Decimal(text) if "." in text else int(text))
            case "moment":
                return Moment(text[1:])
            case "variable":
                return Variable(re.sub("[`']", "", text))
            case "quoted":
                self._position -= 1
                return self._invocation(None)
            case "sign" if text == "(":
                tree = self._nested()
                self._expect(")")
                return tree
            case "sign" if text == "{":
                self._expect("}")
                return Literal(None)
        raise Unsupported("an operand is missing")


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else _ESCAPES.get(match[2], match[2])

    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", plain, text, flags=re.DOTALL)
