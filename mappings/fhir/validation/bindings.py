"""Codes held to their value sets (R4 4.0.1, https://hl7.org/fhir/R4/terminologies.html#binding).

A required binding refuses, an extensible one warns; a value set whose members are not known here judges nothing.
"""

from dataclasses import dataclass
from typing import Any, Final

from mappings.fhir.definitions import RELEASE
from mappings.fhir.terminology import code_system, codes_of
from mappings.fhir.terminology.expansion import Codes
from mappings.fhir.validation.fhirpath import Environment, Node
from mappings.fhir.validation.findings import NONE, Finding, Findings

_OUTSIDE: Final = "L’élément « {} » ne porte aucun code de l’ensemble imposé ({value_set})."
_BESIDE: Final = (
    "L’élément « {} » ne porte aucun code de l’ensemble recommandé ({value_set}) : "
    "un autre code ne convient que si aucun de ceux-là ne dit la même chose."
)

_NO_SUCH_CODE: Final = "L’élément « {} » n’est pas un code du système que désigne son voisin « system »."


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding of an element."""

    value_set: str
    required: bool
    reference: str

    def __call__(self, node: Node, _: Environment) -> Findings:
        members = codes_of(self.value_set)
        if members is None or node.value is None or _holds(node, members, self.required):
            return NONE
        text = (_OUTSIDE if self.required else _BESIDE).replace("{value_set}", self.value_set)
        # an element of type code has no system of its own to take another code from
        grave = self.required or node.type == "code"
        return (Finding("", "code-invalid", text, self.reference, "error" if grave else "warning"),)


def unknown_code(node: Node, _: Environment) -> Findings:
    """A Coding whose system is held here whole must bear one of its codes."""
    coding = node.value if isinstance(node.value, dict) else {}
    system, code = _code(coding)
    held = code_system(system) if system and code else None
    if held is None or coding.get("version", held.version) != held.version or held.holds(code):
        return NONE
    return (Finding(".code", "code-invalid", _NO_SUCH_CODE, f"{RELEASE}, codesystem.html"),)


def binding(strength: str, value_set: str, reference: str) -> Binding | None:
    """None for a binding that says nothing against any code."""
    if strength not in ("required", "extensible"):
        return None
    return Binding(value_set.partition("|")[0], strength == "required", reference)


def _holds(node: Node, members: Codes, required: bool) -> bool:
    value = node.value
    if isinstance(value, str):
        return any(code == value for _, code in members)
    if not isinstance(value, dict):
        return True
    if node.type == "CodeableConcept":
        codings = [coding for coding in _listed(value.get("coding")) if isinstance(coding, dict)]
        # text alone says that no code was found, which only a required binding forbids
        return any(map(members.__contains__, map(_code, codings))) if codings else not required
    if "code" not in value:
        return True
    return _code(value) in members


def _code(coding: dict[str, Any]) -> tuple[Any, Any]:
    pair = coding.get("system"), coding.get("code")
    return pair if all(isinstance(part, str) for part in pair) else ("", "")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
