"""What a caller may do who calls on behalf of one structure: read its own and what patients let others read, write its own.

CSP L1110-4 (III): between professionals who are not of the same team, sharing asks for the patient's prior consent.
A scoped caller is given another ``Composition``, whose store shows nothing else: reads, searches, histories and
operations are the same code for everybody, and a caller without a structure is never asked anything.
"""

from dataclasses import replace

from service.composition import Composition
from service.metas import Metas
from service.scoping.intake import scoped_intake
from service.scoping.sight import Sight
from service.scoping.store import ScopedStore

__all__ = ["ScopedStore", "Sight", "scoped"]


def scoped(composition: Composition, finess: str) -> Composition:
    """For one request: what it has looked up is not kept for the next."""
    sight = Sight(composition.store, finess)
    store = ScopedStore(composition.store, sight)
    intake = scoped_intake(composition.intake, store, sight, finess)
    return replace(composition, store=store, intake=intake, metas=Metas())
