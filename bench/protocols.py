"""What protocols cost: the judgement of one act, over every definition of the catalogue; the rules; ``$apply``, whole.

The judgement and the rules are of our own code alone; ``$apply`` is asked in process, from the request to the bytes of its answer.
"""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from werkzeug.test import create_environ

from bench.acts import sample
from bench.intake import folder
from bench.servers import BY_FHIR, running
from mappings.domain.act import Answer
from mappings.domain.judgement import judge
from mappings.domain.protocol import FormItem, Protocol
from mappings.fhir.execution import execution_of
from mappings.fhir.json import dump, parse
from service.app import compose, create_app
from service.config import Settings
from service.finding import found
from service.records.catalogue import load_catalogue
from service.rules import faults
from service.rules.case import judgement_of
from tests.rules.cases import good

CATALOGUE: Final = Path("fixtures/protocols")
_TIMES: Final = 200
#: An answer of each type; a choice is answered by its first one.
_ANSWERS: Final[dict[str, Answer]] = {"boolean": False, "decimal": Decimal(3), "integer": Decimal(3), "text": "Rien"}


@dataclass(frozen=True, slots=True)
class Judged:
    """One definition: microseconds to judge a whole exam, and what the proof keeps of it."""

    canonical: str
    judgement: float
    #: Microseconds to make and print what is kept; its bytes.
    kept: float
    size: int


@dataclass(frozen=True, slots=True)
class Applied:
    """Milliseconds of one ``$apply``, and the bytes of its answer."""

    p50: float
    p99: float
    size: int


def judged() -> list[Judged]:
    """Every definition, the dearest first."""
    measured = [_judged(protocol) for protocol in load_catalogue(CATALOGUE).values()]
    return sorted(measured, key=lambda one: -one.judgement)


def _judged(protocol: Protocol) -> Judged:
    answers = {item.link_id: _answer(item) for item in protocol.exam_items}
    judgement = judge(protocol, answers, 40)
    return Judged(
        canonical=protocol.canonical.rpartition("/")[2],
        judgement=_microseconds(lambda: judge(protocol, answers, 40)),
        kept=_microseconds(lambda: dump(execution_of(judgement))),
        size=len(dump(execution_of(judgement))),
    )


def _answer(item: FormItem) -> Answer:
    return item.options[0].code if item.options else _ANSWERS.get(item.type)


def _microseconds(do: Callable[[], object]) -> float:
    """Median of CPU time."""
    spent = []
    gc.disable()
    for _ in range(_TIMES):
        begun = time.thread_time()
        do()
        spent.append(time.thread_time() - begun)
    gc.enable()
    return statistics.median(spent) * 1e6


def ruled() -> float:
    """Microseconds for the law and the protocol to judge one act: the judgement of its exam, then every rule."""
    case = good()
    if faults(case):
        raise RuntimeError("the good act has a fault")

    def judged_by_all() -> None:
        judgement = judgement_of(case.protocol, case.patient, case.act, case.day)
        faults(replace(case, judgement=judgement))

    return _microseconds(judged_by_all)


def applied(times: int = 400) -> Applied:
    """To a patient of the sample whose exam is on record: the acts are proposed."""
    with folder() as place:
        with running(BY_FHIR, place) as up:
            sample(up.base)  # leaves acts on record, each with its exam
        settings = Settings(database=f"sqlite:///{place / 'binome.sqlite'}", keys=str(place / "keys"))
        composition = compose(settings)
        app = create_app(composition)
        act = parse(found(composition.store, "Procedure", count=1)[0].body)
        actor, patient = act["performer"][0]["actor"]["reference"], act["subject"]["reference"]
        canonical = act["instantiatesCanonical"][0]
        path = f"/PlanDefinition/$apply?planDefinition={canonical}&subject={patient}&practitioner={actor}"
        spent = []
        for number in range(times + 20):
            begun = time.perf_counter()
            status, body = asked(app, path)
            if number >= 20:
                spent.append((time.perf_counter() - begun) * 1e3)
        if status != 200 or b'"ServiceRequest"' not in body:
            raise RuntimeError(f"no act was proposed ({status})")
        composition.store.close()
    return Applied(statistics.median(spent), sorted(spent)[int(times * 0.99)], len(body))


def asked(app: Any, path: str) -> tuple[int, bytes]:
    heard: list[str] = []
    body = b"".join(app(create_environ(f"/fhir{path}"), lambda status, *_: heard.append(status)))
    return int(heard[0][:3]), body
