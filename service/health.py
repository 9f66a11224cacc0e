"""For whoever operates: alive, able to serve, and the figures of the outbox (Prometheus text format)."""

import datetime as dt
import os
from collections.abc import Iterator
from typing import Final

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from mappings.fhir import json
from service import views
from service.store import Store

_COMPILED: Final = not str(json.__file__).endswith(".py")
#: What was due so long ago and is not taken is late.
LATE: Final = dt.timedelta(minutes=10)
_BREAKER: Final = {"closed": 0.0, "half-open": 0.5, "open": 1.0}

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@health.get("/readyz")
def ready() -> Response:
    """200 when the store answers; an error of the store is told as any other."""
    views.composition().store.chains()
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@health.get("/metrics")
def metrics() -> Response:
    registry = CollectorRegistry()
    registry.register(_Backlog(views.composition().store))
    registry.register(_Writes(views.composition().store))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Backlog(Collector):
    """Envelopes by destination and state, subscriptions by status, mails by state and kind, read when asked."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        gauge = GaugeMetricFamily("binome_envelopes", "Envelopes by state", labels=("destination", "state"))
        for (destination, state), count in self._store.backlog().items():
            gauge.add_metric((destination, state), count)
        yield gauge
        now = views.composition().clock()
        age = GaugeMetricFamily(
            "binome_oldest_envelope_seconds", "Age of the oldest that waits", labels=("destination", "state")
        )
        for (destination, state), made in self._store.oldest().items():
            age.add_metric((destination, state), max(0.0, (now - made).total_seconds()))
        yield age
        late = GaugeMetricFamily(
            "binome_envelopes_late", "Envelopes due ten minutes ago and not taken", labels=("destination",)
        )
        for destination, count in self._store.overdue(now - LATE).items():
            late.add_metric((destination,), count)
        yield late
        yield from self._lanes(now)
        subscriptions = GaugeMetricFamily("binome_subscriptions", "Subscriptions by status", labels=("status",))
        waiting = GaugeMetricFamily("binome_events_waiting", "Events that targets do not have", labels=("status",))
        for standing, (count, events) in self._store.notification_backlog().items():
            subscriptions.add_metric((standing,), count)
            waiting.add_metric((standing,), events)
        yield subscriptions
        yield waiting
        mails = GaugeMetricFamily("binome_inbound_mails", "Mails taken in by state", labels=("state", "kind"))
        for (state, kind), count in self._store.inbound.backlog().items():
            mails.add_metric((state, kind), count)
        yield mails

    def _lanes(self, now: dt.datetime) -> Iterator[Metric]:
        """What the workers say of their lanes: a breaker is 0 when closed, 1 when open, 0.5 while one goes to see."""
        labels = ("worker", "destination")
        breaker = GaugeMetricFamily("binome_breaker", "Breaker: 0 closed, 0.5 half open, 1 open", labels=labels)
        held = GaugeMetricFamily("binome_lane_held", "Envelopes that a lane holds", labels=labels)
        paused = GaugeMetricFamily("binome_recipients_paused", "Recipients left alone for a while", labels=labels)
        for lane in self._store.lanes(now):
            names = (lane.worker, lane.destination)
            breaker.add_metric(names, _BREAKER[lane.standing])
            held.add_metric(names, lane.held)
            paused.add_metric(names, lane.paused)
        yield breaker
        yield held
        yield paused


class _Writes(Collector):
    """Of the process that answers: what waits for its writer, what that turned away since it started, how it runs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        waiting, refused = self._store.pressure()
        process = (str(os.getpid()),)
        gauge = GaugeMetricFamily("binome_writes_waiting", "Writes that wait for the writer", labels=("process",))
        gauge.add_metric(process, waiting)
        yield gauge
        counter = CounterMetricFamily("binome_writes_refused", "Writes answered 429", labels=("process",))
        counter.add_metric(process, refused)
        yield counter
        # The same answers either way; decision 0064.
        yield GaugeMetricFamily(
            "binome_compiled", "1 when the process runs modules compiled ahead of time", float(_COMPILED)
        )
