"""FHIR R4 4.0.1: one file per resource type, both directions together, and the gate through which bytes come in.

``json`` and ``xml`` read and write bytes, ``structure`` holds them against R4, the files named after a resource
read it to the domain and write it from there. CDA, XDS and the flat records are unknown here.
"""
