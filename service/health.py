"""For whoever operates: alive, able to serve, and the figures of the outbox (Prometheus text format)."""

import os
from collections.abc import Iterator

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from service import views
from service.store import Store

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
    """Envelopes by destination and state, subscriptions by status, read when asked."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        gauge = GaugeMetricFamily("binome_envelopes", "Envelopes by state", labels=("destination", "state"))
        for (destination, state), count in self._store.backlog().items():
            gauge.add_metric((destination, state), count)
        yield gauge
        subscriptions = GaugeMetricFamily("binome_subscriptions", "Subscriptions by status", labels=("status",))
        waiting = GaugeMetricFamily("binome_events_waiting", "Events that targets do not have", labels=("status",))
        for standing, (count, events) in self._store.notification_backlog().items():
            subscriptions.add_metric((standing,), count)
            waiting.add_metric((standing,), events)
        yield subscriptions
        yield waiting


class _Writes(Collector):
    """What waits for the writer of the process that answers, and what it turned away since it started."""

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
