"""Every case of the family, by a name that says its table."""

from typing import Final

from tests.hostile.family_f import (
    bodies,
    bundles,
    conditions,
    confusions,
    cursors,
    dates,
    headers,
    patches,
    references,
    searches,
)
from tests.hostile.family_f.case import Case

_TABLES: Final = (references, confusions, conditions, bundles, searches, dates, cursors, patches, headers, bodies)
CASES: Final[dict[str, Case]] = {
    f"{table.__name__.rpartition('.')[2]}: {name}": case for table in _TABLES for name, case in table.CASES.items()
}
