"""A register of many protocols, searched: what whoever looks for a definition asks, in process, request to bytes.

Made of the versions of one protocol of the catalogue, written again under other names: five hundred, four versions each.
"""

import copy
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from bench.intake import folder
from bench.protocols import CATALOGUE, asked
from mappings.codes.systems import PLAN_DEFINITION
from mappings.fhir.plan_definition import plan_definition_from_protocol
from service.app import compose, create_app
from service.clock import system_clock
from service.config import Settings
from service.records.catalogue import catalogue_of
from service.store import Store
from service.store.unit import Unit
from service.writes import stamped, write_of

Resource = dict[str, Any]

DEFINITIONS: Final = 500
_VERSIONED: Final = "pc-odynophagie"
_TIMES: Final = 60
_UNIT: Final = 250
#: What is asked (a list shows no tree: ``_summary=true``), and how many the register has of it; None: a page.
QUESTIONS: Final[tuple[tuple[str, str, int | None], ...]] = (
    ("one version, by its canonical", f"url={quote(PLAN_DEFINITION)}registre-250&version=2023.2", 1),
    ("every version of one", f"url={quote(PLAN_DEFINITION)}registre-250", 4),
    ("by its identifier", "identifier=registre-499", 4),
    ("by the beginning of its title", "title=Registre%20123", 4),
    ("in force on a day", "effective=le2024-07-01&effective=ge2024-07-01&_count=20", None),
    ("of one profession", "context=60&_count=20", None),
    ("the newest first", "_sort=-date&_count=20", None),
    ("the first page of all", "_count=20", None),
)


@dataclass(frozen=True, slots=True)
class Found:
    """One question: milliseconds of CPU, and the bytes of its answer."""

    question: str
    #: A page of twenty, rather than the few that were meant.
    is_page: bool
    p50: float
    p99: float
    size: int


def searched() -> tuple[int, list[Found]]:
    """How many definitions are on record, and what each question costs."""
    with folder() as place:
        settings = Settings(database=f"sqlite:///{place / 'binome.sqlite'}", keys=str(place / "keys"))
        composition = compose(settings)
        count = _fill(composition.store)
        app = create_app(composition)
        found = [_found(app, question, query, wanted) for question, query, wanted in QUESTIONS]
        composition.store.close()
    return count, found


def _fill(store: Store) -> int:
    now = system_clock()
    plans = list(_plans())
    for some in [plans[n : n + _UNIT] for n in range(0, len(plans), _UNIT)]:
        writes = tuple(write_of(stamped(plan, 1, now), 1) for plan in some)
        store.commit(Unit(chain="commun", recorded=now, writes=writes))
    return len(plans)


def _plans() -> Iterator[Resource]:
    today = system_clock().date()
    versions = [one for one in catalogue_of(CATALOGUE).values() if one.id == _VERSIONED]
    printed = [plan_definition_from_protocol(one, today) for one in versions]
    for number in range(DEFINITIONS):
        name = f"registre-{number}"
        for place, plan in enumerate(printed):
            written = copy.deepcopy(plan)
            written |= {"id": f"{name}-{place}", "url": f"{PLAN_DEFINITION}{name}", "title": f"Registre {number:03}"}
            written["identifier"][0]["value"] = name
            yield written


def _found(app: Any, question: str, query: str, wanted: int | None) -> Found:
    spent = []
    for number in range(_TIMES + 5):
        begun = time.thread_time()
        status, body = asked(app, f"/PlanDefinition?{query}&_summary=true")
        if number >= 5:
            spent.append((time.thread_time() - begun) * 1e3)
    entries = body.count(b'"fullUrl"')
    if status != 200 or not entries or (wanted is not None and entries != wanted):
        raise RuntimeError(f"the register did not answer ({question}: {status}, {entries})")
    return Found(question, wanted is None, statistics.median(spent), sorted(spent)[int(_TIMES * 0.99)], len(body))
