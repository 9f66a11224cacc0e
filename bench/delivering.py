"""Where the CPU of one delivery goes, step by step: our own code in this process, one delivery after the other."""

import gc
import importlib
import sys
import time
from typing import Final

from bench.backlog import fill, sink_settings
from bench.intake import folder
from bench.profile import Clock
from bench.trees import started
from bench.windows import Broken
from service.clock import random_identifiers, system_clock
from service.config import settings_from
from service.delivery.worker import Worker
from service.outbox.envelope import State
from service.processes import free_ports
from service.store import open_store
from service.worker import compose

#: (step, module or class in which the function is looked up, function). A step inside another is taken out of it.
_STEPS: Final = (
    ("claim", "service.delivery.worker:Worker", "_claim"),
    ("read the act and what it rested on back", "service.sealing", "evidence_of"),
    ("read the act and what it rested on back", "service.sealing", "report_from"),
    ("PDF", "service.sealing", "report_to_pdf"),
    ("CDA", "service.sealing", "report_to_cda"),
    ("mail and submission set around it", "service.sealing:Sealing", "_payload"),
    ("archive of a mail", "mappings.xdm.mail", "archive"),
    ("read what is sealed", "service.sealing:Sealing", "_stored"),
    ("whether it may still leave", "service.dispatch:Dispatch", "_called_off"),
    ("whether it may still leave", "service.dispatch:Dispatch", "_attempt"),
    ("shared record: SOAP, metadata", "service.clients.dmp.client:DmpClient", "send"),
    ("shared record: assertion, signed", "service.clients.dmp.send", "vihf"),
    ("shared record: signature of the set", "service.clients.dmp.publish", "signed_set"),
    ("shared record: HTTP", "service.clients.dmp.send", "exchange"),
    ("mail: SMTP", "service.clients.mssante.client:MssanteClient", "send"),
    ("outcome, what goes on record of it", "service.acknowledge.settling:Acknowledge", "_attempt"),
    ("hand over to the writer", "service.store:Store", "commit"),
)
_REST: Final = "what is left"
_WRITER: Final = "the writer: seals, outcome, links, rows, sync (no other delivery to share it with)"


def delivered(acts: int = 60) -> dict[str, float]:
    """Milliseconds of CPU a delivery by step, the writer's thread last."""
    http, smtp = free_ports(2)
    sinks = (sys.executable, "-m", "bench.sinks", str(http), str(smtp))
    with folder() as place, started((*sinks, str(place)), {}, f"http://127.0.0.1:{http}/healthz"):
        fill(place, acts)
        settings = settings_from(sink_settings(place, http, smtp) | {"BINOME_DELIVERIES_A_SECOND": "0"})
        store = open_store(settings.database)
        worker = Worker(store, compose(settings, store), settings, system_clock, random_identifiers)
        for lease in worker._claim():
            worker._attempt(lease)
        gc.freeze()
        clock = Clock([step for step, _, _ in _STEPS], _REST)
        for step, name, attribute in _STEPS:
            module, _, owner = name.partition(":")
            holder = importlib.import_module(module)
            holder = getattr(holder, owner) if owner else holder
            setattr(holder, attribute, clock.timed(step, getattr(holder, attribute)))
        whole, own = time.process_time(), time.thread_time()
        clock.begin()
        count = worker.drain()
        clock.turn()
        whole, own = time.process_time() - whole, time.thread_time() - own
        if any(state != State.ACCEPTED for _, state in store.backlog()):
            raise Broken("an envelope was not accepted")
        store.close()
    return {step: 1e3 * seconds / count for step, seconds in (clock.spent | {_WRITER: whole - own}).items()}
