"""``$status`` and ``$events`` of Subscription (http://hl7.org/fhir/uv/subscriptions-backport, STU 1.1).

``$status`` tells where subscriptions stand; ``$events`` gives again what was numbered, whether it was told or not: so a
subscriber that sees a hole, or comes back after an outage, mends it by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mappings.fhir.json import parse
from mappings.fhir.notification import Said, notification, statuses
from mappings.fhir.structure import check
from mappings.fhir.subscription import Content, Subscription, subscription_from_fhir
from mappings.issues import Issue, Refused
from service.api import media
from service.api.addresses import LOGICAL_ID
from service.api.exchange import Call, Reply
from service.api.parameters import refuse_others
from service.finding import found
from service.store.unit import StoredVersion
from service.subscriptions.notifier import event_of
from service.subscriptions.telling import error_of, said_of

_REFERENCE: Final = "Subscriptions R5 Backport"
_CONTENTS: Final[Mapping[str, Content]] = {c: c for c in ("empty", "id-only", "full-resource")}
#: Parameters of each operation.
_OF_ONE: Final = frozenset[str]()
_OF_MANY: Final = frozenset({"id", "status"})
_OF_EVENTS: Final = frozenset({"eventsSinceNumber", "eventsUntilNumber", "content"})
#: Most events in one answer; whoever wants more asks from the next number on.
_MOST: Final = 200
#: Most subscriptions in one answer.
_ALL: Final = 500

Given = Mapping[str, Sequence[str]]


def status(call: Call, id_: str) -> Reply:
    """Where one subscription stands."""
    _given(call, _OF_ONE)
    return _statuses(call, [_said(call, _stored(call, id_))])


def status_of_many(call: Call) -> Reply:
    """Those asked for by ``id`` and ``status``; all of them when neither is given. What is not there is left out."""
    given = _given(call, _OF_MANY)
    if "id" in given:
        keys = [("Subscription", id_) for id_ in given["id"] if LOGICAL_ID.fullmatch(id_)]
        versions = [v for v in call.composition.store.read_many(keys) if v.body]
    else:
        versions = found(call.composition.store, "Subscription", count=_ALL + 1)
        if len(versions) > _ALL:
            text = f"Il y a plus de {_ALL} abonnements : les demander par le paramètre id."
            raise Refused(Issue("too-costly", "", text, _REFERENCE))
    said = [_said(call, version) for version in versions]
    wanted = given.get("status", ())
    return _statuses(call, [one for one in said if not wanted or one.status in wanted])


def events(call: Call, id_: str) -> Reply:
    """Events by their numbers, as a notification holds them."""
    given = _given(call, _OF_EVENTS)
    stored = _stored(call, id_)
    subscription = subscription_from_fhir(parse(stored.body))
    first = _number(given, "eventsSinceNumber", 1)
    last = _number(given, "eventsUntilNumber", 2**62)
    content = _content(given, subscription)
    some = call.composition.store.events(id_, max(first, 1), last, _MOST)
    said = said_of(subscription, "query-event", _count(call, id_), call.base)
    told = [event_of(number, version, whole=content == "full-resource") for number, version in some]
    composition = call.composition
    return media.answer(call, notification(said, content, told, id=composition.ids(), at=composition.clock()))


def _statuses(call: Call, said: Sequence[Said]) -> Reply:
    return media.answer(call, statuses(said, [call.composition.ids() for _ in said]))


def _stored(call: Call, id_: str) -> StoredVersion:
    stored = call.composition.store.read("Subscription", id_)
    if stored is None:
        raise Refused(Issue("not-found", "", "Cet abonnement n’existe pas sur ce serveur."))
    if not stored.body:
        raise Refused(Issue("deleted", "", "Cet abonnement a été supprimé.", "FHIR R4, http.html#delete"))
    return stored


def _said(call: Call, stored: StoredVersion) -> Said:
    subscription = subscription_from_fhir(parse(stored.body))
    progress = call.composition.store.progress(stored.id)
    count, code = (progress.last, progress.code) if progress else (0, "")
    return said_of(subscription, "query-status", count, call.base, error_of(code))


def _count(call: Call, id_: str) -> int:
    progress = call.composition.store.progress(id_)
    return progress.last if progress else 0


def _given(call: Call, taken: frozenset[str]) -> Given:
    """Parameters of the address, or of a Parameters in the body; ``Refused`` when there are others than those taken."""
    given: dict[str, list[str]] = {}
    for name, value in call.pairs:
        given.setdefault(name, []).append(value)
    if call.method == "POST" and call.body:
        parameters = media.received(call)
        issues = check(parameters, "Parameters")
        if not issues and parameters["resourceType"] != "Parameters":
            text = "L’opération reçoit une ressource Parameters."
            issues = [Issue("value", "resourceType", text, _REFERENCE)]
        if issues:
            raise Refused(issues)
        for parameter in parameters.get("parameter", ()):
            given.setdefault(parameter["name"], []).append(_value(parameter))
    refuse_others(call, given, taken)
    return given


def _value(parameter: Mapping[str, Any]) -> str:
    return next((str(value) for key, value in parameter.items() if key.startswith("value")), "")


def _one(given: Given, name: str, read: Callable[[str], Any], otherwise: Any) -> Any:
    values = given.get(name, ())
    if not values:
        return otherwise
    value = read(values[0]) if len(values) == 1 else None
    if value is None:
        raise Refused(Issue("value", "", f"Le paramètre {name} n’a pas de valeur admise.", _REFERENCE))
    return value


def _number(given: Given, name: str, otherwise: int) -> int:
    def read(text: str) -> int | None:
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None

    number: int = _one(given, name, read, otherwise)
    return number


def _content(given: Given, subscription: Subscription) -> Content:
    """What is asked for, else what the subscription's notifications hold; R4's own form has no references."""
    usual: Content = "id-only" if subscription.bare else subscription.content
    content: Content = _one(given, "content", _CONTENTS.get, usual)
    return content
