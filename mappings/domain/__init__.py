"""Our own vocabulary: frozen dataclasses, no I/O, no FHIR, no CDA. The language every mapping passes through.

Here lives what an act, a person, an enrolment, a consent, a protocol and a report *are*; how FHIR or
CDA spell them must not be known here.
"""
