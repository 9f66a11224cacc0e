"""What Binôme says and how it says it: pure translations between FHIR, flat records and documents.

Nothing here opens a file at run time other than what it ships, a socket or a database, reads a
clock or draws an identifier: whoever calls passes them in.

    records ─┐                        ┌─ cda, pdf
             ├─► domain (frozen) ─────┤
    fhir  ───┘                        └─ xds, xdm

``domain`` is the one language every mapping passes through; ``fhir``, ``records`` and the document
rooms never know each other. ``codes`` holds the code tables, ``issues`` is how pure code says no.
"""
