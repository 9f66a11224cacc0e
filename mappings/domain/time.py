"""Legal time in France, the only place where these protocols exist."""

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

FRANCE: Final = ZoneInfo("Europe/Paris")


def french_day(instant: dt.datetime) -> dt.date:
    """The calendar day in France of an aware instant: the day on which an act is judged."""
    return instant.astimezone(FRANCE).date()
