"""Composes the web process: settings, store, protocols, clock, identifiers; registers the rooms that listen."""

import datetime as dt
import gc
import random
from pathlib import Path
from typing import Final

from flask import Flask, Response

from mappings.fhir.structure import warm
from service.access import DevelopmentIssuer
from service.access.cursors import Pages
from service.access.development import development_secret, refuse_beyond_loopback
from service.acknowledge import Acknowledge
from service.api import context, errors
from service.api.addresses import LogicalId
from service.api.interactions import interactions
from service.api.operations import operations
from service.clients.directory import Directory, DirectorySettings
from service.clock import Clock, Identifiers, random_identifiers, system_clock
from service.composition import Composition, retry_policy
from service.config import Settings, settings_from
from service.console import console
from service.health import health
from service.intake import Intake
from service.intake.acts import Acceptance
from service.intake.destinations import Addressing
from service.intake.knowledge import Readings
from service.intake.placement import OPEN_TYPES
from service.publishing import publish
from service.records.catalogue import load_catalogue
from service.records.receipts import receipts
from service.records.routes import records
from service.store import Store, open_store

#: Largest body taken, bytes.
_LARGEST_BODY: Final = 5 * 1024 * 1024


def compose(
    settings: Settings,
    *,
    store: Store | None = None,
    clock: Clock = system_clock,
    ids: Identifiers = random_identifiers,
) -> Composition:
    """Everything the web process is made of."""
    refuse_beyond_loopback(settings.host)
    store = store or open_store(settings.database)
    catalogue = load_catalogue(Path(settings.protocols))
    publish(store, catalogue, clock)
    acceptance = Acceptance(
        ids=ids,
        addressing=Addressing(
            oid=settings.oid,
            domain=settings.mail_domain,
            budget=dt.timedelta(seconds=settings.delivery_budget_seconds),
            nil=settings.mssante_nil,
        ),
        reading_time=dt.timedelta(days=settings.acknowledgement_days),
    )
    secret = development_secret(Path(settings.keys))
    return Composition(
        settings=settings,
        store=store,
        catalogue=catalogue,
        clock=clock,
        ids=ids,
        intake=Intake(store=store, catalogue=catalogue, clock=clock, acceptance=acceptance, readings=Readings()),
        issuer=DevelopmentIssuer(secret),
        pages=Pages(secret),
        directory=Directory(DirectorySettings(base=settings.directory, key=settings.directory_key), clock),
        acknowledge=Acknowledge(
            store=store, clock=clock, ids=ids, policy=retry_policy(settings), draw=random.SystemRandom().random
        ),
    )


def create_app(composition: Composition) -> Flask:
    """The web application over ``composition``."""
    app = Flask(__name__, static_folder=None)
    app.config["COMPOSITION"] = composition
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    # An address means one thing or nothing: no redirect ever repeats it, with what its query says.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.converters["logical_id"] = LogicalId
    app.register_blueprint(operations, url_prefix="/fhir")
    app.register_blueprint(interactions, url_prefix="/fhir")
    app.register_blueprint(records, url_prefix="/records")
    app.register_blueprint(receipts, url_prefix="/records")
    app.register_blueprint(console)
    app.register_blueprint(health)
    app.before_request(context.identify)
    app.after_request(_guarded)
    errors.register(app)
    warm(OPEN_TYPES)
    return app


def application() -> Flask:
    """What a WSGI server starts in each of its processes."""
    app = create_app(compose(settings_from()))
    # What is loaded by now stays: the collector need not walk it again, nor start every few hundred objects.
    gc.freeze()
    gc.set_threshold(20_000)
    return app


def _guarded(response: Response) -> Response:
    """Nothing here is cached by anybody, sniffed, framed or followed out of the page."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'",
    )
    return response
