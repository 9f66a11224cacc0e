"""A dataclass gets the ``__init__`` that it stands for, in words, so that it is compiled with its class.

The one that ``dataclass`` makes at import is interpreted, and sets a frozen class field by field through ``object``.
A class rewritten so is equal, hashed, shown and replaced as before, but no longer frozen: that is the type checker's.
"""

import ast
from dataclasses import dataclass

from compiled.rooms import KEPT_FROZEN

_DEFINED = ("__init__", "__post_init__")


@dataclass
class _Field:
    name: str
    type: str
    default: str
    factory: str

    def parameter(self) -> str:
        type_ = f"{self.type} | None" if self.factory else self.type
        default = "None" if self.factory else self.default
        return f"{self.name}: {type_!r}" + (f" = {default}" if default else "")

    def set(self) -> str:
        made = f" if {self.name} is not None else ({self.factory})()" if self.factory else ""
        return f"self.{self.name} = {self.name}{made}"


def rewritten(source: str) -> str:
    """Every other byte of ``source`` stays; the lines below a class move by three."""
    lines = source.split("\n")
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    for node in sorted(found, key=lambda node: node.lineno, reverse=True):
        mark = _mark(node)
        fields = _fields(node) if mark is not None and not node.bases and node.name not in KEPT_FROZEN else []
        if mark is None or not fields or _own_start(node):
            continue
        options = {k.arg: ast.unparse(k.value) for k in mark.keywords} if isinstance(mark, ast.Call) else {}
        margin = " " * (node.col_offset + 4)
        keywords = "*, " if options.get("kw_only") == "True" else ""
        parameters = ", ".join(field.parameter() for field in fields)
        start = f"{margin}def __init__(self, {keywords}{parameters}) -> None:"
        lines[node.end_lineno : node.end_lineno] = ["", start, f"{margin}    {'; '.join(f.set() for f in fields)}"]
        if options.pop("frozen", "") == "True":
            if options.get("eq") != "False":
                options["unsafe_hash"] = "True"
            told = ", ".join(f"{name}={value}" for name, value in options.items())
            lines[mark.lineno - 1 : mark.end_lineno] = [f"{' ' * node.col_offset}@dataclass({told})"]
            lines[mark.lineno : mark.lineno] = [""] * ((mark.end_lineno or mark.lineno) - mark.lineno)
    return "\n".join(lines)


def _mark(node: ast.ClassDef) -> ast.expr | None:
    for mark in node.decorator_list:
        named = mark.func if isinstance(mark, ast.Call) else mark
        if isinstance(named, ast.Name) and named.id == "dataclass":
            return mark
    return None


def _own_start(node: ast.ClassDef) -> bool:
    return any(isinstance(one, ast.FunctionDef) and one.name in _DEFINED for one in node.body)


def _fields(node: ast.ClassDef) -> list[_Field]:
    """Nothing of a class that says more than a type and a default: it is left to ``dataclass``."""
    fields = []
    for one in node.body:
        if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name):
            continue
        type_ = _unquoted(one.annotation)
        if type_.startswith("ClassVar"):
            continue
        options = _options(one.value)
        if type_.startswith("InitVar") or type_ == "KW_ONLY" or options.keys() & {"init", "kw_only"}:
            return []
        fields.append(_Field(one.target.id, type_, options.get("default", ""), options.get("default_factory", "")))
    return fields


def _unquoted(annotation: ast.expr) -> str:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value
    return ast.unparse(annotation)


def _options(value: ast.expr | None) -> dict[str, str]:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "field":
        return {k.arg: ast.unparse(k.value) for k in value.keywords if k.arg}
    return {"default": ast.unparse(value)} if value is not None else {}
