"""Fixed values and patterns (R4 4.0.1, https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_)."""

from typing import Any


def equal(value: Any, fixed: Any) -> bool:
    """Exactly the fixed value; the order of members says nothing in JSON."""
    return (
        type(value) is type(fixed) and bool(value == fixed) if isinstance(fixed, bool | str) else bool(value == fixed)
    )


def fits(value: Any, pattern: Any) -> bool:
    """At least what the pattern holds: each of its members, and for a list each of its items somewhere."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(name in value and fits(value[name], pattern[name]) for name in pattern)
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(fits(item, wanted) for item in value) for wanted in pattern)
    return equal(value, pattern)
