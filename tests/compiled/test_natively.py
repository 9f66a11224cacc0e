"""A dataclass that is rewritten for the compiler is the same class, but for being frozen."""

import ast
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from compiled.natively import rewritten
from compiled.rooms import KEPT_FROZEN, LEFT_OUT, modules

ROOT = Path(__file__).parents[2]
SOURCE = '''"""A module."""
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    #: A comment.
    name: str
    many: "tuple[Named, ...]" = ()
    by_name: dict[str, int] = field(default_factory=dict)
    every: ClassVar[int] = 3

    def told(self) -> str:
        return self.name


@dataclass
class Open:
    """Mutable, in order."""

    first: int
    second: int = 2


@dataclass(frozen=True, eq=False)
class Itself:
    one: int


@dataclass
class Own:
    one: int

    def __post_init__(self) -> None:
        self.one += 1


AFTER = 1
'''


def run(source: str) -> dict[str, Any]:
    room: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, "made", "exec"), room)
    return room


@pytest.fixture(params=[SOURCE, rewritten(SOURCE)], ids=["as it stands", "rewritten"])
def room(request: pytest.FixtureRequest) -> dict[str, Any]:
    return run(request.param)


def test_the_rewritten_class_is_the_class(room: dict[str, Any]) -> None:
    named = room["Named"]
    one, other = named(name="a"), named(name="a", many=(), by_name={})
    assert one == other
    assert one != named(name="b")
    assert one.by_name == {}
    assert one.by_name is not named(name="a").by_name
    assert repr(one).endswith("Named(name='a', many=(), by_name={})")
    assert dataclasses.replace(one, name="c").told() == "c"
    assert [field.name for field in dataclasses.fields(named)] == ["name", "many", "by_name"]
    assert named.every == 3
    with pytest.raises(TypeError):
        named("a")


def test_defaults_hashes_and_own_starts_stay(room: dict[str, Any]) -> None:
    assert room["Open"](1) == room["Open"](1, 2)
    with pytest.raises(TypeError):
        hash(room["Open"](1))
    assert room["Itself"](1) != room["Itself"](1)
    assert isinstance(hash(room["Itself"](1)), int)
    assert room["Own"](1).one == 2
    assert room["AFTER"] == 1


def test_two_equal_ones_of_a_frozen_class_are_one_key(room: dict[str, Any]) -> None:
    exec("@dataclass(frozen=True)\nclass Key:\n    one: int\n", room)
    made = run(rewritten("from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Key:\n    one: int\n"))[
        "Key"
    ]
    for key in (room["Key"], made):
        assert {key(1): "a"}[key(1)] == "a"
    made(1).one = 2  # said to be so


def starts(source: str) -> int:
    return sum(isinstance(node, ast.FunctionDef) and node.name == "__init__" for node in ast.walk(ast.parse(source)))


def test_every_module_to_compile_is_there_and_can_be_rewritten() -> None:
    added = 0
    for module in modules(ROOT):
        source = (ROOT / module).read_text(encoding="utf-8")
        assert module not in LEFT_OUT
        added += starts(rewritten(source)) - starts(source)
    assert added > 50
    assert all((ROOT / module).is_file() for module in LEFT_OUT)


def test_no_dataclass_inherits_from_one_that_is_no_longer_frozen() -> None:
    thawed, heirs = set[str](), set[str]()
    chosen = modules(ROOT)
    for room in ("mappings", "service"):
        for path in (ROOT / room).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(source)):
                if not isinstance(node, ast.ClassDef):
                    continue
                told = [ast.unparse(mark) for mark in node.decorator_list]
                if any(mark.startswith("dataclass") for mark in told):
                    heirs |= {base.id for base in node.bases if isinstance(base, ast.Name)}
                    if str(path.relative_to(ROOT)) in chosen and any("frozen=True" in mark for mark in told):
                        thawed.add(node.name)
    assert (thawed & heirs) - KEPT_FROZEN == set()
