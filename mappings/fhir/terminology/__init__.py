"""What codes mean to each other: members of a value set, what stands under a code.

FHIR R4 4.0.1, https://hl7.org/fhir/R4/valueset.html and codesystem.html. Pure functions over the definitions that are
held here; what is not held is unknown (None), never empty.
"""

from mappings.fhir.terminology.definitions import ValueSet, canonicals, code_system, value_set
from mappings.fhir.terminology.expansion import ancestors, codes_of, descendants, display_of, expanded, subsumes

__all__ = [
    "ValueSet",
    "ancestors",
    "canonicals",
    "code_system",
    "codes_of",
    "descendants",
    "display_of",
    "expanded",
    "subsumes",
    "value_set",
]
