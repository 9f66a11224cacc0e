"""Where the other pages of an answer are (R4 4.0.1, https://hl7.org/fhir/R4/http.html#paging)."""

from typing import Final
from urllib.parse import urlencode

from service.api.exchange import Call

#: Parameters that the link to a page repeats: they say how it is written, nothing of what was asked.
_REPEATED: Final = ("_format", "_pretty")


def page_address(call: Call, address: str, cursor: str) -> str:
    """``address`` at the page that ``cursor`` leads to, in the form asked for this one."""
    repeated = [(key, value) for key, value in call.pairs if key in _REPEATED]
    return f"{address}?{urlencode([('_page', cursor), *repeated])}"
