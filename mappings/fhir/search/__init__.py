"""Search: what can be asked, what is entered for it, and the terms in which both meet."""

from mappings.fhir.search.dates import date_range
from mappings.fhir.search.entries import Entries, folded, index_of
from mappings.fhir.search.parameters import PARAMETERS, Kind, Parameter, bit_of, entered_as, parameters_of, targets
from mappings.fhir.search.terms import term

__all__ = [
    "PARAMETERS",
    "Entries",
    "Kind",
    "Parameter",
    "bit_of",
    "date_range",
    "entered_as",
    "folded",
    "index_of",
    "parameters_of",
    "targets",
    "term",
]
