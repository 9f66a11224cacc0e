"""What authorities have suspended of a protocol, as it touches one team: told on the pages of that team."""

import datetime as dt
from dataclasses import replace

from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain.sheet import words as said
from service.life.halting import halts_on
from service.store import Store


def team_halts(store: Store, protocol: str, finess: str, day: dt.date) -> tuple[str, ...]:
    """One sentence each, of the whole protocol and of the structure ``finess``; ``protocol`` is a name, without version."""
    url = f"{PLAN_DEFINITION}{protocol}"
    halts = halts_on(store, [url], day)[url]
    return said.halted(replace(halts, structures=tuple(one for one in halts.structures if one.finess == finess)))
