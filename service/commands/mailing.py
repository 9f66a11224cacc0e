"""What the nightly command does for the mails: the list of the trust space, the receipts that have not come, and the end of
what came and was settled."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Final

from service.acknowledge import Acknowledge
from service.clients.mssante.composing import membership
from service.clients.mssante.trust_space import Fault
from service.clock import random_identifiers, system_clock
from service.composition import retry_policy
from service.config import Settings
from service.finding import keep_found
from service.outbox.envelope import Destination, Envelope
from service.store import Store, open_store

Tell = Callable[[str], None]

#: How far back a night looks behind the delay, so that nights without a run are made up for.
_BEHIND: Final = dt.timedelta(days=30)
_FAULTS: Final = {
    Fault.UNREADABLE: "la réponse ne se comprend pas",
    Fault.FORGED: "la signature n’est pas celle attendue",
    Fault.OLDER: "elle est plus ancienne que celle qui est en place",
    Fault.STALE: "elle est périmée, ou datée du futur",
    Fault.UNREACHABLE: "le service n’a pas répondu",
}


def nightly(settings: Settings, tell: Tell) -> int:
    return max(renew_list(settings, tell), tell_unanswered(settings, tell), forget_read(settings, tell))


def renew_list(settings: Settings, tell: Tell) -> int:
    """0 when the list is up to date, or none is asked for; 1 when it could not be renewed."""
    listed = membership(settings, system_clock)
    if listed is None:
        return 0
    kept = listed.keep()
    if isinstance(kept, Fault):
        tell(f"Liste des domaines MSSanté non reprise : {_FAULTS[kept]}. Celle d’avant reste en place.")
        return 1
    tell(f"Liste des domaines MSSanté du {kept.made_at:%d/%m/%Y}, domaines : {len(kept.domains)}.")
    return 0


def tell_unanswered(settings: Settings, tell: Tell) -> int:
    hours = settings.mssante_receipt_hours
    if not hours:
        return 0
    store = open_store(settings.database)
    try:
        keep_found(store)
        draw = random.SystemRandom().random
        acknowledge = Acknowledge(
            store=store, clock=system_clock, ids=random_identifiers, policy=retry_policy(settings), draw=draw
        )
        count = unanswered(store, acknowledge, hours)
    finally:
        store.close()
    tell(f"Messages sans accusé depuis {hours} h, nouvelles tâches : {count}.")
    return 0


def forget_read(settings: Settings, tell: Tell) -> int:
    if not settings.inbound_keep_days:
        return 0
    store = open_store(settings.database)
    try:
        keep_found(store)
        count = forgotten(store, settings.inbound_keep_days, system_clock())
    finally:
        store.close()
    tell(
        f"Messages reçus dont le contenu est effacé, {settings.inbound_keep_days} jours après leur traitement : {count}."
    )
    return 0


def forgotten(store: Store, days: int, now: dt.datetime) -> int:
    """What the mails said that were settled so long ago is deleted; the box itself, which is the operator's, is not touched."""
    if days < 0:
        raise ValueError("BINOME_INBOUND_KEEP_DAYS is 0 or more")
    return store.inbound.forget(now - dt.timedelta(days=days), now)


def unanswered(store: Store, acknowledge: Acknowledge, hours: int) -> int:
    """A task for each mail to a professional of which no receipt has come in time; gives how many are new.

    A patient's box sends none: nothing is expected of it.
    """
    last = acknowledge.clock() - dt.timedelta(hours=hours)
    taken = store.accepted_between(Destination.MSSANTE_PROFESSIONAL, last - _BEHIND, last)
    return sum(acknowledge.unanswered(envelope, hours) for envelope in taken if not _heard_of(store, envelope))


def _heard_of(store: Store, envelope: Envelope) -> bool:
    """Whether the journal of an accepted mail has a line that no lease of ours made: a receipt."""
    return any(not attempt.token for attempt in store.attempts_of(envelope.id))
