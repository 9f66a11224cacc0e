"""Parameters of an address, and of an operation: those that are taken, and no other.

R4 4.0.1, https://hl7.org/fhir/R4/operations.html#executing.
"""

from collections.abc import Iterable
from typing import Any, Final

from mappings.fhir.structure import check
from mappings.issues import Issue, Refused
from service.api import media
from service.api.exchange import Call, Pairs

#: Parameters that say how an answer is written, whatever is asked.
_CONTROL: Final = frozenset({"_format", "_pretty"})


def refuse_others(call: Call, named: Iterable[str], taken: frozenset[str]) -> None:
    """``Refused`` when a parameter is none of those taken, unless unknown ones are to be left aside (Prefer)."""
    if not taken | _CONTROL >= set(named) and call.preference("handling") != "lenient":
        text = "Cette adresse ne prend pas de paramètre."
        if taken:
            text = f"Un des paramètres n’est pas pris en charge ; ceux qui le sont : {', '.join(sorted(taken))}."
        raise Refused(Issue("not-supported", "", text, "FHIR R4, search.html#errors"))


def refuse_others_in_address(call: Call, taken: frozenset[str] = frozenset()) -> None:
    """The same of what the address says."""
    if call.pairs:
        refuse_others(call, (name for name, _ in call.pairs), taken)


def body_pairs(call: Call) -> Pairs:
    """The parameters of the body as an address would tell them; none without a body."""
    if call.method != "POST" or not call.body:
        return []
    parameters = media.received(call)
    issues = check(parameters, "Parameters")
    if not issues and parameters["resourceType"] != "Parameters":
        issues = [Issue("value", "resourceType", "L’opération reçoit une ressource Parameters.", "OperationDefinition")]
    if issues:
        raise Refused(issues)
    return [(each["name"], _text(each)) for each in parameters.get("parameter", ())]


def _text(parameter: dict[str, Any]) -> str:
    """Of a simple value, or of a reference."""
    value = next((value for key, value in parameter.items() if key.startswith("value")), "")
    return str(value.get("reference", "")) if isinstance(value, dict) else str(value)
