"""The story itself: place, check, judge, complete, commit. Each chapter is a room; this page is what they tell together."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from mappings.domain.protocol import Protocol
from mappings.fhir.act import BELONGINGS, changing, changing_part
from mappings.fhir.answering import reading_at
from mappings.fhir.arranging import arranging
from mappings.fhir.bundle import Entry
from mappings.fhir.decision import deciding
from mappings.issues import Issue, Refused
from service.clock import Clock, Identifiers
from service.intake.acts import Acceptance
from service.intake.amending import amended, with_new_versions
from service.intake.asked import Answer, Asked
from service.intake.awaited import in_turn, is_turn, taken
from service.intake.checking import check_beside, check_shapes, check_types
from service.intake.claims import Freed, frees
from service.intake.committing import commit
from service.intake.completing import complete
from service.intake.judging import judge
from service.intake.knowledge import Knowledge, Readings
from service.intake.placement import Keep, Placed, Placing, place
from service.intake.repeats import BORNE, answer_again, earlier_answer
from service.intake.telling import Telling
from service.store import Store
from service.store.unit import Fenced, Repeated, Stale

#: How often a decision is made anew when what it rested on has changed under it.
_TURNS: Final = 8
#: What is kept of what a client sends again.
_KEEP: Final[Mapping[str, Keep]] = {
    "Procedure": changing,
    **dict.fromkeys(BELONGINGS, changing_part),
    "Consent": deciding,
    "CareTeam": arranging,
}
_CHANGING: Final = Issue(
    "transient",
    "",
    "Ce que la demande modifie ne cesse de changer ; elle peut être présentée de nouveau.",
    "FHIR R4, http.html#concurrency",
)


class Forbidden(Refused):
    """The caller may not write it, whatever it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Story one, with what it is given: store, protocols, clock, identifiers."""

    store: Store
    catalogue: Mapping[str, Protocol]
    clock: Clock
    acceptance: Acceptance
    readings: Readings
    #: By type: what is kept of a resource whose elements are not all the client's.
    keep: Mapping[str, Keep] = field(default_factory=dict)
    #: What the caller may not write, of entries in their place; a caller of the whole installation may write all.
    forbids: Callable[[Sequence[Placed]], Sequence[Issue]] = lambda placed: ()
    #: Held by a request that decides again.
    overtaken: Lock = field(default_factory=Lock, repr=False)

    @property
    def ids(self) -> Identifiers:
        return self.acceptance.ids

    def knowledge(self) -> Knowledge:
        """What is on record, for a door that must know it before it can tell what is submitted."""
        return Knowledge(self.store, self.readings)

    def submit(self, entries: Sequence[Entry], asked: Asked) -> Answer:
        """Do all that ``entries`` ask, or nothing; the same request again gets the first answer again."""
        freed: Freed = {}
        overtaken: set[tuple[str, str]] = set()
        for turn in range(_TURNS):
            try:
                # Of those who change one thing at once, one wins: the others of this process then go one by one.
                with self.overtaken if turn else nullcontext():
                    return self._told(entries, asked, freed)
            except (Stale, Fenced):
                continue
            except Forbidden:
                raise  # not even an answer that was given to somebody else
            except Refused:
                # What was accepted once is not judged again: its first answer stands. A new request is spared the look-up.
                earlier = earlier_answer(entries, asked, self.store)
                if earlier is None:
                    raise
                return earlier
            except Repeated as repeated:
                if is_turn(repeated.claim) or frees(repeated.claim, self.store, freed):
                    continue
                answer = answer_again(repeated.claim, entries, asked, same=repeated.same)
                if answer is not None:
                    return answer
                pair = (repeated.claim.scope, repeated.claim.key)
                if pair in overtaken:
                    # The condition was asked again, and does not find the bearer: it never will.
                    raise Refused(BORNE) from None
                overtaken.add(pair)
        raise Refused(_CHANGING)

    def _told(self, entries: Sequence[Entry], asked: Asked, freed: Freed) -> Answer:
        """The story told once, from what is on record now."""
        telling = self._telling(asked)
        check_shapes(entries, trusted=asked.trusted)
        told = place(entries, self._placing(telling))
        turns = in_turn(told, telling.store, asked.fingerprint)
        before = taken(told, telling.knowledge, telling.store, telling.now)
        if forbidden := self.forbids([*told, *before]):
            raise Forbidden(forbidden)
        # A twin came between the look-up and the placing: its answer is this one's.
        if _finds_an_act(told) and (earlier := earlier_answer(entries, asked, self.store)):
            return earlier
        check_types(told)
        acts = amended(told, telling.knowledge, telling.now)
        # A correction of what belongs to an act is a version of the act, whether it is asked for by itself or not.
        placed = [*with_new_versions(told, acts), *before]
        judged = judge(placed, acts, telling)
        check_beside(told, placed, telling)
        effect = complete(placed, judged, telling)
        return commit(placed, judged, effect, telling, told=len(told), freed=freed, turns=turns)

    def _telling(self, asked: Asked) -> Telling:
        return Telling(
            store=self.store,
            catalogue=self.catalogue,
            acceptance=self.acceptance,
            knowledge=self.knowledge(),
            now=self.clock(),
            asked=asked,
        )

    def _placing(self, telling: Telling) -> Placing:
        return Placing(
            knowledge=telling.knowledge,
            store=telling.store,
            ids=telling.ids,
            now=telling.now,
            keep={**_KEEP, "Task": reading_at(telling.now), **self.keep},
            matching=telling.asked.matching,
            base=telling.asked.base,
            creates_by_update=telling.asked.creates_by_update,
        )


def _finds_an_act(placed: Sequence[Placed]) -> bool:
    return any(one.entry.type == "Procedure" and not one.writes for one in placed)
