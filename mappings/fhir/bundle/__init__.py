"""Bundles (R4 4.0.1, https://hl7.org/fhir/R4/bundle.html): what they ask, the references between their entries, answers."""

from mappings.fhir.bundle.answers import history_bundle, response_bundle, searchset
from mappings.fhir.bundle.entries import MAX_ENTRIES, Entry, Method, Read, entries_of, items_of, locally
from mappings.fhir.bundle.links import references, rewritten, targets_of
from mappings.fhir.bundle.terms import Criteria, Seen, condition, identified, seen_versions

__all__ = [
    "MAX_ENTRIES",
    "Criteria",
    "Entry",
    "Method",
    "Read",
    "Seen",
    "condition",
    "entries_of",
    "history_bundle",
    "identified",
    "items_of",
    "locally",
    "references",
    "response_bundle",
    "rewritten",
    "searchset",
    "seen_versions",
    "targets_of",
]
