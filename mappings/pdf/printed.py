"""A page to be printed, PDF/A-2a and PDF/UA-1: its template and its data apart, so that no text can become markup.

Made where the data is, printed elsewhere (``compiler``): what must not be known here is who prints it.
"""

import datetime as dt
import json
from typing import Any, NamedTuple


# No dataclass: making one is a quarter of what the process that prints a page spends before the compiler.
class Page(NamedTuple):
    template: str
    #: JSON by the name under which the template asks for it.
    data: dict[str, str]
    #: A PDF tells its seconds, and the compiler takes no finer.
    made: dt.datetime


def page_of(name: str, template: str, data: dict[str, Any], made: dt.datetime) -> Page:
    return Page(template, {name: json.dumps(data, ensure_ascii=False)}, made.replace(microsecond=0))
