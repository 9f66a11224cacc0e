"""A team asks that its report show otherwise in the shared record: hidden, shown again, archived (DMP, TD3.3; PDSm, flux 03).

Who may ask is here; what one request adds to the record, in ``asking``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from mappings.domain.showing import Showing
from mappings.fhir.act import is_in_error
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import parse
from mappings.issues import Issue, Refused
from service.access import Caller
from service.clock import Clock, Identifiers
from service.composition import Composition, changing
from service.intake.destinations import Addressing
from service.outbox.envelope import Destination
from service.showing import OfOthers, of_others
from service.store import Store
from service.store.unit import Fenced, Stale
from service.structures import refuse_foreign
from service.updating.asking import LONGEST_REASON, Asking, Means, author_of, delegator_rpps

__all__ = ["LONGEST_REASON", "Shown", "Updating", "updating_of"]

Resource = dict[str, Any]

_TURNS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How the report is asked to show, and every change that led there, the first one first: Tasks as they stand."""

    showing: Showing
    changes: tuple[Resource, ...]
    #: What hides it in the record besides.
    of_others: OfOthers


@dataclass(frozen=True, slots=True, kw_only=True)
class Updating:
    """What it takes."""

    store: Store
    clock: Clock
    ids: Identifiers
    addressing: Addressing
    #: Destinations where how a report shows can be changed.
    changes: frozenset[Destination]

    def shown(self, procedure_id: str, caller: Caller) -> Shown:
        """For the délégué and the délégant of the act; ``Refused`` for anybody else."""
        asking = self._asking(procedure_id, Showing(), "", caller)
        return Shown(
            showing=asking.in_force,
            changes=tuple(parse(one.body) for one in asking.asked),
            of_others=of_others(self.store, procedure_id, asking.asked),
        )

    def ask(
        self, procedure_id: str, wanted: Showing, reason: str, caller: Caller, seen: Collection[int] | None = None
    ) -> Shown:
        """``wanted`` is the whole of it: what shows so already is not asked again, unless it came to nothing.

        ``seen``: how many changes the one who decided may have seen; ``Refused`` when there are others.
        """
        for _ in range(_TURNS):
            try:
                self._asking(procedure_id, wanted, reason.strip(), caller, seen).commit()
            except (Stale, Fenced):
                continue  # somebody has just asked too, or the act or its report has just moved: look again
            return self.shown(procedure_id, caller)
        text = "Cet acte ne cesse de changer ; présentez de nouveau la demande."
        raise Refused(Issue("transient", "act", text))

    def may_ask(self, procedure_id: str, caller: Caller) -> bool:
        """Whether there is something that ``caller`` may have changed."""
        try:
            asking = self._asking(procedure_id, Showing(), "", caller)
            asking.enrolment()
            asking.target()
        except Refused:
            return False
        return not is_in_error(asking.procedure)

    def _asking(
        self, procedure_id: str, wanted: Showing, reason: str, caller: Caller, seen: Collection[int] | None = None
    ) -> Asking:
        stored = self.store.read("Procedure", procedure_id)
        if stored is None or not stored.body:
            raise Refused(Issue("not-found", "act", "Cet acte n’existe pas sur ce serveur."))
        _refuse_stranger(self.store, parse(stored.body), caller)
        means = Means(self.store, self.clock(), self.ids, self.addressing, self.changes)
        return Asking(means, stored, wanted, reason, caller.rpps, seen)


def updating_of(composition: Composition) -> Updating:
    return Updating(
        store=composition.store,
        clock=composition.clock,
        ids=composition.ids,
        addressing=composition.intake.acceptance.addressing,
        changes=changing(composition.settings),
    )


def _refuse_stranger(store: Store, procedure: Resource, caller: Caller) -> None:
    """The record is told of it by a professional, and the act is a team's."""
    if not caller.rpps:
        text = "Masquer, montrer ou archiver un compte rendu demande de s’identifier."
        raise Refused(Issue("login", "", text, "RFC 6750"))
    structure = reference_id(procedure["performer"][0]["onBehalfOf"], "Organization")
    refuse_foreign(store, structure, caller.structure, "act")
    if caller.rpps not in (author_of(procedure), delegator_rpps(procedure)):
        text = "Seul le délégué qui a fait l’acte, ou le délégant pour qui il l’a fait, peut le demander."
        raise Refused(Issue("forbidden", "act", text, "CSP L4011-1"))
