"""The caller of one request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A client software, and the professional behind it when one has been authenticated."""

    #: Name of the client software: separates idempotency keys.
    client: str
    #: RPPS of the authenticated professional; empty for a software acting alone.
    rpps: str = ""
    #: FINESS of the structure on whose behalf it reads; empty = of the whole installation, which sees everything.
    structure: str = ""
