"""What a Subscription watches for, in the terms of the index: a write is an event when its own entries say so.

So nothing is asked of the store when something is written. What entries cannot tell (an interval, a chain) is refused
as a criterion, with a sentence. R4 4.0.1, https://hl7.org/fhir/R4/subscription.html.
"""

from collections.abc import Iterable
from typing import Any, Final

from mappings.fhir.json import parse
from mappings.fhir.search import PARAMETERS, Kind, implies, members, narrowed, parameters_of
from mappings.fhir.subscription import subscription_from_fhir
from mappings.issues import Issue, Refused
from service.finding import term_of
from service.store import Store
from service.store.unit import Standing, Watch

_MOST: Final = 100


def watch_of(resource: dict[str, Any]) -> Watch:
    """``Refused`` when the criteria are none that can be watched."""
    subscription = subscription_from_fhir(resource)
    type_, every = subscription.type, list[tuple[int, ...]]()
    none = list[int]()
    issues = list(_of_type(type_))
    if not issues:
        for name, value in subscription.conditions:
            try:
                terms = tuple(_terms(type_, name, value))
            except ValueError as fault:
                issues.append(_fault(f"Critère d’abonnement : {fault}"))
            else:
                if name.endswith(":not"):
                    none += terms
                else:
                    every.append(terms)
    if sum(map(len, every)) + len(none) > _MOST:
        issues.append(Issue("too-costly", "Subscription.criteria", f"Un critère porte sur {_MOST} valeurs au plus."))
    if issues:
        raise Refused(issues)
    return Watch(
        standing=Standing(subscription.status),
        type=type_,
        every=tuple(every),
        none=tuple(none),
        becoming=bool(subscription.topic),
        heartbeat=subscription.heartbeat,
        ends=subscription.ends,
    )


def keep_watched(store: Store) -> None:
    """What is watched for is told in the terms of this program: they may have changed since it was written."""
    store.rewatch(lambda body: watch_of(parse(body)))


def _of_type(type_: str) -> Iterable[Issue]:
    if type_ not in PARAMETERS:
        yield _fault("Ce type de ressource n’est pas tenu ici.")
    elif type_ == "Subscription":
        yield _fault("Un abonnement ne porte pas sur les abonnements.")


def _terms(type_: str, name: str, value: str) -> Iterable[int]:
    """Terms of which a resource has one when it meets the condition; ``ValueError`` with the end of a sentence."""
    param, _, modifier = name.partition(":")
    known = parameters_of(type_)
    if param not in known:
        raise ValueError("ce paramètre n’est pas connu pour ce type.")
    kind = known[param].kind
    if kind not in ("token", "reference", "uri"):
        raise ValueError("seuls un code, une référence ou une adresse peuvent être surveillés.")
    if modifier not in {"token": ("", "not"), "reference": ("", "identifier"), "uri": ("",)}[kind]:
        raise ValueError("ce modificateur n’est pas admis.")
    how = name.removeprefix(param).removesuffix(":not")
    for one in value.split(","):
        if not one.strip("|/"):
            raise ValueError("une valeur est attendue.")
        apart = how == ":identifier" and param in narrowed(type_)
        for member in (param,) if apart else members(type_, param):
            yield _term(type_, member + how, kind, one)


def _term(type_: str, name: str, kind: Kind, one: str) -> int:
    if kind == "token" or name.endswith(":identifier"):
        return _token(type_, name, one)
    if kind == "uri":
        return term_of(type_, name, "", one)
    target, slash, id_ = one.rpartition("/")
    if not slash or not id_:
        raise ValueError("une référence s’écrit « Type/identifiant ».")
    return term_of(type_, name, target, id_)


def _token(type_: str, name: str, text: str) -> int:
    system, bar, value = text.rpartition("|")
    if (bar or name.endswith(":identifier")) and not (system and value):
        raise ValueError("un code s’écrit « code » ou « système|code », un identifiant « système|valeur ».")
    return term_of(type_, name, "" if implies(type_, name.partition(":")[0], system, value) else system, value)


def _fault(text: str) -> Issue:
    return Issue("not-supported", "Subscription.criteria", text, "Binôme, abonnements")
