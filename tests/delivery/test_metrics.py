"""What the worker says of its lanes is in ``/metrics``, with the age of what waits."""

import datetime as dt
from pathlib import Path

from service.store import LaneStanding, Store
from tests.house import House, act_record
from tests.stores import database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]


def figures(house: House) -> dict[str, float]:
    text = house.app.test_client().get("/metrics").get_data(as_text=True)
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in text.splitlines() if "{" in line)
    }


def lane(destination: str, standing: str, seen: dt.datetime) -> LaneStanding:
    return LaneStanding(worker="w", destination=destination, standing=standing, since=seen, held=3, paused=1, seen=seen)


def test_what_waits_and_for_how_long(store: Store, tmp_path: Path) -> None:
    house = House(store, tmp_path, people=1)
    house.post("acts", act_record())
    house.clock.pass_(minutes=11)
    told = figures(house)
    assert told['binome_oldest_envelope_seconds{destination="dmp",state="queued"}'] == 660
    assert told['binome_envelopes_late{destination="mssante-patient"}'] == 1
    assert not any(name.startswith("binome_breaker") for name in told), "no worker is there"
    now = house.clock()
    store.tell_lanes([lane("dmp", "closed", now), lane("mssante-patient", "closed", now)], now)
    store.tell_lanes([lane("dmp", "open", now), lane("mssante-patient", "half-open", now)], now)
    told = figures(house)
    assert told['binome_breaker{destination="dmp",worker="w"}'] == 1
    assert told['binome_breaker{destination="mssante-patient",worker="w"}'] == 0.5
    assert told['binome_lane_held{destination="dmp",worker="w"}'] == 3
    assert told['binome_recipients_paused{destination="dmp",worker="w"}'] == 1
    house.clock.pass_(minutes=3)
    assert not any(name.startswith("binome_breaker") for name in figures(house)), "the worker is gone"
