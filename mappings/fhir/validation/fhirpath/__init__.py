"""FHIRPath, the part that invariants are written in (R4 4.0.1, https://hl7.org/fhir/R4/fhirpath.html).

An expression is read once and becomes one Python function (``compiled``); what is not known here is refused when it
is read, never guessed when it is run. Language: http://hl7.org/fhirpath/N1.
"""

from mappings.fhir.validation.fhirpath.compile import compiled
from mappings.fhir.validation.fhirpath.nodes import Environment, Meter, Node, typed
from mappings.fhir.validation.fhirpath.operators import Expression, truth
from mappings.fhir.validation.fhirpath.syntax import Unsupported

__all__ = ["Environment", "Expression", "Meter", "Node", "Unsupported", "compiled", "truth", "typed"]
