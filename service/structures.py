"""Whose structure an organization is: what a caller who calls on behalf of one may write."""

from typing import Final

from mappings.codes import systems
from mappings.issues import Issue, Refused
from service.finding import ids_with
from service.store import Store

#: The words of every door.
FOREIGN: Final = "Cette ressource est d’une autre structure."
ARTICLE: Final = "CSP L1110-4"


def foreign(place: str) -> Issue:
    return Issue("forbidden", place, FOREIGN, ARTICLE)


def refuse_foreign(store: Store, organization_id: str, finess: str, place: str) -> None:
    """``Refused`` unless the caller is of that structure; ``finess`` empty: of the whole installation."""
    if finess and organization_id not in ids_with(store, "Organization", "identifier", systems.FINESS, finess):
        raise Refused(foreign(place))
