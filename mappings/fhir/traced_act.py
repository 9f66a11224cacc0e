"""An act on record as a declaration looks at it: whose it is, on which day, under which protocol."""

import datetime as dt

from mappings.codes import systems
from mappings.domain.declaration import TracedAct
from mappings.domain.time import french_day
from mappings.elements import Json
from mappings.fhir.act import protocol_of


def traced_act(procedure: Json) -> TracedAct | None:
    """What a declaration covers or not of an act on record; None when nothing was done."""
    if procedure["status"] != "completed":
        return None
    delegator = next(e["valueReference"] for e in procedure["extension"] if e["url"] == systems.EXT_DELEGATOR)
    start = procedure.get("performedDateTime") or procedure["performedPeriod"]["start"]
    return TracedAct(
        id=procedure["id"],
        day=french_day(dt.datetime.fromisoformat(start)),
        protocol=protocol_of(procedure),
        delegatee_rpps=procedure["performer"][0]["actor"]["identifier"]["value"],
        delegator_rpps=delegator["identifier"]["value"],
    )
