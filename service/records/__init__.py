"""The flat door: records without FHIR, which give the very resources that the FHIR door gives.

A record is read to the domain, mapped to FHIR, and handed to the same story. Nothing is decided here.
"""
