"""One search parameter, and how a row of the table is read."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["token", "reference", "uri", "date", "string", "number", "quantity", "composite"]


@dataclass(frozen=True, slots=True)
class Part:
    """One component of a composite: its kind, and its path from where both components stand."""

    kind: Kind
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter: its name, its kind and the path of the elements it reads."""

    name: str
    kind: Kind
    path: tuple[str, ...]
    #: Only elements of the extension with this URL (then ``path`` starts at the extension).
    extension: str = ""
    #: Of a composite, whose ``path`` leads to the element that holds both.
    parts: tuple[Part, ...] = ()
    #: It finds what any of these finds, and has no entries of its own.
    union: tuple[str, ...] = ()
    #: A code is entered with its system only: without one, it is asked for under every system in use.
    once: bool = False


def parameters(text: str) -> tuple[Parameter, ...]:
    """``name:kind:path``, parted by blanks."""
    return tuple(_parameter(*row.split(":")) for row in text.split())


def _parameter(name: str, kind: str, path: str) -> Parameter:
    kind_: Kind = kind  # type: ignore[assignment]  # literal table
    if path.startswith("="):
        return Parameter(name, kind_, (), union=tuple(path[1:].split(",")))
    if kind != "composite":
        return Parameter(name, kind_, tuple(path.removesuffix("!").split(".")), once=path.endswith("!"))
    root, _, pair = path.rpartition(">")
    parts = []
    for part in pair.split("&"):
        steps, _, of = part.partition("=")
        parts.append(Part(of, tuple(steps.split("."))))  # type: ignore[arg-type]  # literal table
    return Parameter(name, kind_, (root,) if root else (), parts=tuple(parts))
