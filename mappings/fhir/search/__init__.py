"""Search: what can be asked, what is entered for it, and the terms in which both meet."""

from mappings.fhir.search.compartments import COMPARTMENTS
from mappings.fhir.search.dates import date_range
from mappings.fhir.search.elements import values_of
from mappings.fhir.search.entries import LONGEST_DATE, LONGEST_NUMBER, Entries, folded, index_of
from mappings.fhir.search.numbers import number_read, place, precision_range
from mappings.fhir.search.parameter import Kind, Parameter
from mappings.fhir.search.parameters import (
    DEFINITIONS,
    bit_of,
    canonical,
    codes,
    entered,
    entered_as,
    first_codes,
    identified_as,
    identifies,
    implied,
    implies,
    members,
    named_by,
    narrowed,
    parameter_of,
    parameters_of,
    read_by,
    single,
    targets,
)
from mappings.fhir.search.table import COMMON, PARAMETERS
from mappings.fhir.search.terms import CODES, LONG, SYSTEMS, UNITS, WORDS, coded, term

__all__ = [
    "CODES",
    "COMMON",
    "COMPARTMENTS",
    "DEFINITIONS",
    "LONG",
    "LONGEST_DATE",
    "LONGEST_NUMBER",
    "PARAMETERS",
    "SYSTEMS",
    "UNITS",
    "WORDS",
    "Entries",
    "Kind",
    "Parameter",
    "bit_of",
    "canonical",
    "coded",
    "codes",
    "date_range",
    "entered",
    "entered_as",
    "first_codes",
    "folded",
    "identified_as",
    "identifies",
    "implied",
    "implies",
    "index_of",
    "members",
    "named_by",
    "narrowed",
    "number_read",
    "parameter_of",
    "parameters_of",
    "place",
    "precision_range",
    "read_by",
    "single",
    "targets",
    "term",
    "values_of",
]
