"""Composes the web process: settings, store, protocols, clock, identifiers; registers the rooms that listen."""

import datetime as dt
import random
from functools import partial
from pathlib import Path

from flask import Flask

from mappings.fhir.structure import warm
from service.access import DevelopmentIssuer
from service.access.cursors import Pages
from service.access.development import development_secret, refuse_beyond_loopback
from service.acknowledge import Acknowledge
from service.api.face import Face
from service.clients.directory import Directory, DirectorySettings
from service.clock import Clock, Identifiers, random_identifiers, system_clock
from service.composition import (
    Composition,
    addressing,
    record_reader,
    retry_policy,
    territory,
)
from service.composition import settle as settle
from service.config import Settings, settings_from
from service.console import console
from service.finding import keep_found
from service.health import health
from service.intake import Intake
from service.intake.acts import Acceptance
from service.intake.admission import OPEN_TYPES
from service.intake.knowledge import Readings
from service.publishing import publish
from service.records.catalogue import catalogue_of, load_neighbours, place_of
from service.records.corrections import corrections
from service.records.declarations import declarations
from service.records.documents import documents
from service.records.receipts import receipts
from service.records.replies import replies
from service.records.routes import records
from service.records.sheets import sheets
from service.records.teams import teams
from service.records.visibility import visibility
from service.store import Store, open_store
from service.subscriptions.composing import keeping
from service.views import furnish
from service.watching import keep_watched


def compose(
    settings: Settings,
    *,
    store: Store | None = None,
    clock: Clock = system_clock,
    ids: Identifiers = random_identifiers,
) -> Composition:
    """Everything the web process is made of, once its store is kept and its catalogue is published."""
    refuse_beyond_loopback(settings.host)
    store = store or open_store(settings.database, waiting=settings.waiting_writes)
    keep_found(store)
    keep_watched(store)
    publish(store, catalogue_of(Path(settings.protocols)), clock, partial(place_of, Path(settings.protocols)))
    return composed(settings, store, clock, ids)


def composed(settings: Settings, store: Store, clock: Clock, ids: Identifiers) -> Composition:
    """The same over a store that is kept and published already: nothing is written, nor read."""
    catalogue = catalogue_of(Path(settings.protocols))
    acceptance = Acceptance(
        ids=ids,
        addressing=addressing(settings),
        reading_time=dt.timedelta(days=settings.acknowledgement_days),
    )
    secret = development_secret(Path(settings.keys))
    return Composition(
        settings=settings,
        store=store,
        catalogue=catalogue,
        clock=clock,
        ids=ids,
        intake=Intake(
            store=store,
            catalogue=catalogue,
            clock=clock,
            acceptance=acceptance,
            readings=Readings(),
            keep={"Subscription": keeping(settings)},
        ),
        issuer=DevelopmentIssuer(secret),
        pages=Pages(secret),
        territory=territory(settings),
        neighbours=load_neighbours(Path(settings.protocols)),
        record_reader=record_reader(settings, clock, ids),
        directory=Directory(DirectorySettings(base=settings.directory, key=settings.directory_key), clock),
        acknowledge=Acknowledge(
            store=store, clock=clock, ids=ids, policy=retry_policy(settings), draw=random.SystemRandom().random
        ),
    )


def create_app(composition: Composition) -> Flask:
    """The web application over ``composition``: the FHIR face, and behind it the rooms that Flask serves."""
    app = Flask(__name__, static_folder=None)
    furnish(app, composition)
    app.register_blueprint(records, url_prefix="/records")
    app.register_blueprint(corrections, url_prefix="/records")
    app.register_blueprint(receipts, url_prefix="/records")
    app.register_blueprint(replies, url_prefix="/records")
    app.register_blueprint(declarations, url_prefix="/records")
    app.register_blueprint(sheets, url_prefix="/records")
    app.register_blueprint(documents, url_prefix="/records")
    app.register_blueprint(teams, url_prefix="/records")
    app.register_blueprint(visibility, url_prefix="/records")
    app.register_blueprint(console)
    app.register_blueprint(health)
    app.wsgi_app = Face(composition, app.wsgi_app)  # type: ignore[method-assign]  # how Flask is told of what stands before it
    warm(OPEN_TYPES)
    return app


def application() -> Flask:
    """What the server starts in each web process; the catalogue was published before they parted (``service.serve``)."""
    settings = settings_from()
    store = open_store(settings.database, waiting=settings.waiting_writes)
    app = create_app(composed(settings, store, system_clock, random_identifiers))
    settle()
    return app
