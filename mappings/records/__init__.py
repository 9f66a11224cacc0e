"""Flat records ↔ domain: what a coordinator's list or a software without FHIR says.

JSON objects for people, consents, inclusions and acts; TOML for the definition of a protocol. FHIR is unknown here.
"""
