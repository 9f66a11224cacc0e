"""What people read on paper: the report of an act (``report``: PDF/A-1a, PDF/UA-1, the same bytes in the CDA and beside it
in the mail), the identity sheet of a protocol and the attestation of a training (``sheet``, ``attestation``: pages that
``compiler`` prints). Nothing is imported here: who makes a page does not carry what prints it.
"""
