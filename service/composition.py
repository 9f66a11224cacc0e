"""What a process is made of, passed around as one value. Built by ``app`` and ``worker``, read by the edges."""

import datetime as dt
import gc
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, cast, get_args

from mappings.domain.holidays import TERRITORIES, Territory
from mappings.domain.protocol import Protocol
from mappings.records.neighbours import Neighbour
from service.access import DevelopmentIssuer
from service.access.cursors import Pages
from service.acknowledge import Acknowledge
from service.clients import WITHDRAWS
from service.clients.consulting import RecordReader
from service.clients.directory import Directory
from service.clients.dmp.identity import Mode, Software
from service.clients.dmp.reader import DmpReader
from service.clients.dmp.send import SharedRecord
from service.clients.pdsm.reader import PdsmReader
from service.clients.pdsm.send import Deletion, PdsmRecord
from service.clients.seal import SigningKey, development_key, key_from_files
from service.clients.tls import Tls
from service.clock import Clock, Identifiers
from service.config import Settings
from service.intake import Intake
from service.intake.destinations import Addressing
from service.metas import Metas
from service.outbox.envelope import Destination
from service.outbox.retry import RetryPolicy
from service.store import Store
from service.unusable import Unusable

_ROADS: Final = {"xds": Destination.DMP, "pdsm": Destination.PDSM}
_SEARCHES: Final[Mapping[str, Literal["post", "get"]]] = {"post": "post", "get": "get"}
_PATCHES: Final[Mapping[str, Literal["json", "fhirpath"]]] = {"json": "json", "fhirpath": "fhirpath"}
_DELETIONS: Final[Mapping[str, Deletion]] = {one: one for one in get_args(Deletion)}
_PUBLISHED: Final = {"provide": False, "simplified": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """The web process."""

    settings: Settings
    store: Store
    catalogue: Mapping[str, Protocol]
    clock: Clock
    ids: Identifiers
    intake: Intake
    issuer: DevelopmentIssuer
    directory: Directory
    #: Late receipts come in by the web process too.
    acknowledge: Acknowledge
    pages: Pages
    territory: Territory = "metropole"
    #: Regimes beside cooperation, listed and never executed.
    neighbours: tuple[Neighbour, ...] = ()
    #: The shared record, to be consulted; None while this installation's road to it cannot be read.
    record_reader: RecordReader | None = None
    #: What ``$meta`` tells of the whole server, as far as this process has looked.
    metas: Metas = field(default_factory=Metas)


def territory(settings: Settings) -> Territory:
    """Whose public holidays count; ``ValueError`` for none that is known."""
    found = next((one for one in TERRITORIES if one == settings.territory), None)
    if found is None:
        raise Unusable(f"BINOME_TERRITORY prend l’une de ces valeurs : {', '.join(TERRITORIES)}.")
    return found


def settle() -> None:
    """What is loaded by now stays: the collector need not walk it again, nor start every few hundred objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def retry_policy(settings: Settings) -> RetryPolicy:
    """How patient the deliveries of this installation are."""
    return RetryPolicy(
        base=dt.timedelta(seconds=settings.retry_base_seconds),
        cap=dt.timedelta(seconds=settings.retry_cap_seconds),
        budget=dt.timedelta(seconds=settings.delivery_budget_seconds),
    )


def shared_record(settings: Settings, clock: Clock, ids: Identifiers) -> SharedRecord:
    """The shared record as this installation reaches it; ``ValueError`` for a mode that is none, or one key for two uses."""
    if settings.dmp_mode not in get_args(Mode):
        raise Unusable(f"BINOME_DMP_MODE prend l’une de ces valeurs : {', '.join(get_args(Mode))}.")
    return SharedRecord(
        repository=settings.dmp_repository,
        registry=settings.dmp_registry,
        existence=settings.dmp_patients,
        arc=settings.oid,
        tls=Tls(authorities=settings.dmp_authorities, certificate=settings.dmp_certificate, key=settings.dmp_key),
        seconds=settings.attempt_seconds,
        key=_signing_key(settings, clock),
        software=Software(id=settings.oid, name="Binome", version="0.1", approval=settings.dmp_approval),
        mode=cast(Mode, settings.dmp_mode),
        signed_sets=bool(settings.dmp_signed_sets),
        now=clock,
        identify=ids,
    )


def _signing_key(settings: Settings, clock: Clock) -> SigningKey:
    if not settings.dmp_seal_key:
        return development_key(Path(settings.keys), clock())
    return key_from_files(Path(settings.dmp_seal_key), Path(settings.dmp_seal_certificate), settings.dmp_certificate)


def road_to_the_record(settings: Settings) -> Destination:
    """Which of its two roads this installation takes to the shared record; never both (decision 0038)."""
    if settings.shared_record not in _ROADS:
        raise Unusable("BINOME_SHARED_RECORD prend l’une de ces valeurs : xds, pdsm.")
    return _ROADS[settings.shared_record]


def withdrawing(settings: Settings) -> frozenset[Destination]:
    """Destinations told of an act in error; the DMP takes that from a professional, not from a structure alone, and a
    FHIR record by what this installation says that deletes there."""
    of_the_record = {Destination.DMP} if settings.dmp_mode != "INDIRECTE" else set()
    return WITHDRAWS | of_the_record | ({Destination.PDSM} if settings.pdsm_deletion else set())


def addressing(settings: Settings) -> Addressing:
    """What this installation is called, how long it tries, and by which road."""
    return Addressing(
        oid=settings.oid,
        domain=settings.mail_domain,
        budget=dt.timedelta(seconds=settings.delivery_budget_seconds),
        nil=settings.mssante_nil,
        shared_record=road_to_the_record(settings),
        withdraws=withdrawing(settings),
    )


def changing(settings: Settings) -> frozenset[Destination]:
    """Destinations where how a report shows can be changed: of the DMP, only by a professional in person (DMP, TD3.3)."""
    return frozenset({Destination.PDSM} | ({Destination.DMP} if settings.dmp_mode != "INDIRECTE" else set()))


def publishes_simply(settings: Settings) -> bool:
    """Whether a FHIR record is fed one resource (ITI-105) instead of a transaction (ITI-65)."""
    if settings.pdsm_publish not in _PUBLISHED:
        raise Unusable("BINOME_PDSM_PUBLISH prend l’une de ces valeurs : provide, simplified.")
    return _PUBLISHED[settings.pdsm_publish]


def pdsm_record(settings: Settings) -> PdsmRecord:
    """The FHIR record, as this installation calls it."""
    if settings.pdsm_search not in _SEARCHES:
        raise Unusable("BINOME_PDSM_SEARCH prend l’une de ces valeurs : post, get.")
    if settings.pdsm_patch not in _PATCHES:
        raise Unusable("BINOME_PDSM_PATCH prend l’une de ces valeurs : json, fhirpath.")
    if settings.pdsm_deletion not in _DELETIONS:
        raise Unusable("BINOME_PDSM_DELETION prend l’une de ces valeurs : is-deleted, entered-in-error, ou rien.")
    return PdsmRecord(
        base=settings.pdsm.rstrip("/"),
        authorization=settings.pdsm_authorization,
        search=_SEARCHES[settings.pdsm_search],
        seconds=settings.attempt_seconds,
        asks_for_patient=bool(settings.pdsm_dmp_draft),
        patch=_PATCHES[settings.pdsm_patch],
        deletion=_DELETIONS[settings.pdsm_deletion],
    )


def record_reader(settings: Settings, clock: Clock, ids: Identifiers) -> RecordReader | None:
    """The shared record, to be consulted by the road that this installation takes to it; None when nobody may read so."""
    if road_to_the_record(settings) is Destination.PDSM:
        return PdsmReader(pdsm_record(settings))
    # A structure that comes alone feeds and does not read.
    return None if settings.dmp_mode == "INDIRECTE" else DmpReader(shared_record(settings, clock, ids))
