"""Where the CPU of one act goes, step by step of the story: our own code in this process, one act at a time."""

import gc
import importlib
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from werkzeug.test import create_environ

from bench.acts import FHIR, sample
from bench.intake import folder
from bench.servers import BY_FHIR, running
from bench.windows import Broken
from service.app import compose, create_app
from service.config import Settings

#: (step, module or class in which the function is looked up, function). A step inside another is taken out of it.
_STEPS: Final = (
    ("parse the body", "service.api.media", "parse"),
    ("parse the body", "service.api.bundles", "entries_of"),
    ("check the structure", "service.intake.story", "check_shapes"),
    ("ids, versions, references", "service.intake.story", "place"),
    ("ids, versions, references", "service.intake.checking", "dangling"),
    ("read the act and its case", "service.intake.judging", "read_act"),
    ("read the act and its case", "service.intake.judging", "case_of"),
    ("judge the law and the protocol", "service.intake.acts", "faults"),
    ("what destinations can be told", "service.intake.acts:Acceptance", "accept"),
    ("tasks, trace, proof", "service.intake.acts:Acceptance", "_companions"),
    ("bytes and index entries", "service.intake.completing", "write_of"),
    ("bytes and index entries", "service.intake.acts", "write_of"),
    ("hand over and wait for the commit", "service.store:Store", "commit"),
)
_WARM_UP: Final = 50
_REST: Final = "the door, the answer, what is left"
_WRITER: Final = "the writer: judge again, link, insert, sync (no other act to share it with)"


class Clock:
    """CPU time of this thread, told apart by the innermost step under way."""

    def __init__(self, steps: Iterable[str], rest: str) -> None:
        self.spent: dict[str, float] = dict.fromkeys((*steps, rest), 0.0)
        self._under_way = [rest]
        self._since = time.thread_time()

    def begin(self) -> None:
        """What was spent so far does not count."""
        self.turn()
        self.spent = dict.fromkeys(self.spent, 0.0)

    def turn(self) -> None:
        now = time.thread_time()
        self.spent[self._under_way[-1]] += now - self._since
        self._since = now

    def timed(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            self.turn()
            self._under_way.append(step)
            try:
                return function(*arguments, **named)
            finally:
                self.turn()
                self._under_way.pop()

        return timed


def profile(acts: int = 400) -> dict[str, float]:
    """Microseconds of CPU an act by step, the writer's thread last."""
    with folder() as place:
        with running(BY_FHIR, place) as up:
            templates = sample(up.base).fhir
        settings = Settings(database=f"sqlite:///{place / 'binome.sqlite'}", keys=str(place / "keys"))
        composition = compose(settings)
        app = create_app(composition)
        heard: list[object] = []

        def answer(status: str, *_: Any) -> Callable[[bytes], object]:
            heard.append(status)
            return heard.append

        def asked(number: int) -> dict[str, Any]:
            body = templates.request(number).partition(b"\r\n\r\n")[2]
            return create_environ("/fhir/", method="POST", data=body, headers={"Content-Type": FHIR, "Accept": FHIR})

        def post(environ: dict[str, Any]) -> None:
            app(environ, answer)

        for number in range(_WARM_UP):
            post(asked(number + 1))
        environs = [asked(number + 1) for number in range(_WARM_UP, _WARM_UP + acts)]
        gc.freeze()
        gc.set_threshold(20_000)
        clock = Clock([step for step, _, _ in _STEPS], _REST)
        for step, name, attribute in _STEPS:
            module, _, owner = name.partition(":")
            holder = importlib.import_module(module)
            holder = getattr(holder, owner) if owner else holder
            setattr(holder, attribute, clock.timed(step, getattr(holder, attribute)))
        whole, own = time.process_time(), time.thread_time()
        clock.begin()
        for environ in environs:
            post(environ)
        clock.turn()
        whole, own = time.process_time() - whole, time.thread_time() - own
        composition.store.close()
    if set(heard) != {"200 OK"}:
        raise Broken("an act was refused")
    spent = clock.spent | {_WRITER: whole - own}
    return {step: 1e6 * seconds / acts for step, seconds in spent.items()}
