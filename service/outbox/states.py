"""The law of movement of an envelope: the transition table, and nothing that is not in it.

What must live here: every state an envelope may leave, by which event, towards which state. What must
not be known here: who stores it, who carries it, what time it is. An illegal move raises and changes
nothing; the diagram of the documentation is drawn from this table.
"""

from enum import StrEnum
from typing import Final

from service.outbox.envelope import State
from service.outbox.receipt import Outcome


class Event(StrEnum):
    """What may happen to an envelope."""

    #: An attempt is journalled, before any network byte; in doubt, the attempt opens with a look-up.
    ATTEMPT_STARTED = "attempt-started"
    #: The destination said that it has the document.
    ACCEPTED = "accepted"
    #: The destination said that it will never take it.
    REFUSED = "refused"
    #: Surely not stored, and time is left.
    UNREACHABLE = "unreachable"
    #: Surely not stored, and no time is left.
    UNREACHABLE_SPENT = "unreachable-spent"
    #: No clear answer, and time is left.
    IN_DOUBT = "in-doubt"
    #: No clear answer, and no time is left.
    IN_DOUBT_SPENT = "in-doubt-spent"
    #: Its time is over although it waits: nobody calls its destination.
    BUDGET_SPENT = "budget-spent"
    #: A person has it sent again, from a new beginning.
    REPLAYED = "replayed"
    #: The same, of what may have arrived: asked first where that can be asked.
    REPLAYED_IN_DOUBT = "replayed-in-doubt"
    #: The attempt's lease ran out: whoever made it may have sent, and can no longer tell us.
    LEASE_EXPIRED = "lease-expired"
    #: The mask for which it was cancelled is lifted: it begins again, being what is still to be sent.
    LIFTED = "lifted"
    #: The same, of what may have arrived before the mask.
    LIFTED_IN_DOUBT = "lifted-in-doubt"
    #: The receiver's operator accepted the mail and gave it back later.
    BOUNCED = "bounced"
    #: Its act was entered in error, or the patient objects: what waits is not sent.
    CANCELLED = "cancelled"
    #: Surely not stored, and meanwhile the act was told to be entered in error, or the patient objects.
    UNREACHABLE_RETRACTED = "unreachable-retracted"
    #: No clear answer, and the same: somebody must look.
    IN_DOUBT_RETRACTED = "in-doubt-retracted"
    #: Asked, the destination has it, with the bytes we sealed.
    LOOKED_UP_FOUND = "looked-up-found"
    #: Asked, the destination does not have it.
    LOOKED_UP_ABSENT = "looked-up-absent"


TRANSITIONS: Final[dict[tuple[State, Event], State]] = {
    (State.QUEUED, Event.ATTEMPT_STARTED): State.SENDING,
    (State.QUEUED, Event.CANCELLED): State.CANCELLED,
    (State.QUEUED, Event.BUDGET_SPENT): State.EXHAUSTED,
    (State.SENDING, Event.ACCEPTED): State.ACCEPTED,
    (State.SENDING, Event.REFUSED): State.REFUSED,
    (State.SENDING, Event.UNREACHABLE): State.QUEUED,
    (State.SENDING, Event.UNREACHABLE_SPENT): State.EXHAUSTED,
    (State.SENDING, Event.IN_DOUBT): State.IN_DOUBT,
    (State.SENDING, Event.IN_DOUBT_SPENT): State.EXHAUSTED,
    # No attempt can be called back once it may have left, hence no (SENDING, CANCELLED): it ends, and is the last.
    (State.SENDING, Event.UNREACHABLE_RETRACTED): State.CANCELLED,
    (State.SENDING, Event.IN_DOUBT_RETRACTED): State.CANCELLED,
    (State.SENDING, Event.LEASE_EXPIRED): State.IN_DOUBT,
    # The look-up of a doubtful attempt is made under its lease.
    (State.SENDING, Event.LOOKED_UP_FOUND): State.ACCEPTED,
    (State.SENDING, Event.LOOKED_UP_ABSENT): State.QUEUED,
    (State.IN_DOUBT, Event.ATTEMPT_STARTED): State.SENDING,
    (State.IN_DOUBT, Event.CANCELLED): State.CANCELLED,
    (State.IN_DOUBT, Event.BUDGET_SPENT): State.EXHAUSTED,
    # A look-up made by hand, without an attempt.
    (State.IN_DOUBT, Event.LOOKED_UP_FOUND): State.ACCEPTED,
    (State.IN_DOUBT, Event.LOOKED_UP_ABSENT): State.QUEUED,
    # A mail given back was taken first: the bounce settles the doubt.
    (State.IN_DOUBT, Event.BOUNCED): State.REFUSED,
    (State.ACCEPTED, Event.BOUNCED): State.REFUSED,
    # Only a person sends again what came to its end: asking for it, or lifting the mask that ended it. Nobody what was
    # accepted, nor what was cancelled for anything else (``updating.lifting``).
    (State.REFUSED, Event.REPLAYED): State.QUEUED,
    (State.REFUSED, Event.REPLAYED_IN_DOUBT): State.IN_DOUBT,
    (State.EXHAUSTED, Event.REPLAYED): State.QUEUED,
    (State.EXHAUSTED, Event.REPLAYED_IN_DOUBT): State.IN_DOUBT,
    (State.CANCELLED, Event.LIFTED): State.QUEUED,
    (State.CANCELLED, Event.LIFTED_IN_DOUBT): State.IN_DOUBT,
}
#: Where nothing moves by itself any more.
ENDS: Final = (State.ACCEPTED, State.REFUSED, State.EXHAUSTED, State.CANCELLED)

#: What an outcome is to an envelope, with time left (True) or not (False).
_SETTLED: Final[dict[tuple[Outcome, bool], Event]] = {
    (Outcome.ACCEPTED, True): Event.ACCEPTED,
    (Outcome.ACCEPTED, False): Event.ACCEPTED,
    (Outcome.REFUSED, True): Event.REFUSED,
    (Outcome.REFUSED, False): Event.REFUSED,
    (Outcome.UNREACHABLE, True): Event.UNREACHABLE,
    (Outcome.UNREACHABLE, False): Event.UNREACHABLE_SPENT,
    (Outcome.IN_DOUBT, True): Event.IN_DOUBT,
    (Outcome.IN_DOUBT, False): Event.IN_DOUBT_SPENT,
}
#: The same when, while the attempt was under way, its act was told to be in error or the patient objected: none follows.
_RETRACTED: Final[dict[Outcome, Event]] = {
    Outcome.ACCEPTED: Event.ACCEPTED,
    Outcome.REFUSED: Event.REFUSED,
    Outcome.UNREACHABLE: Event.UNREACHABLE_RETRACTED,
    Outcome.IN_DOUBT: Event.IN_DOUBT_RETRACTED,
}


class IllegalMove(Exception):
    """No such row in the table: the envelope stays where it is."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"no move from {state} by {event}")
        self.state = state
        self.event = event


def move(state: State, event: Event) -> State:
    """The state that follows; ``IllegalMove`` when the table has no such row."""
    following = TRANSITIONS.get((state, event))
    if following is None:
        raise IllegalMove(state, event)
    return following


def settled(outcome: Outcome, *, budget_left: bool, retracted: bool = False) -> Event:
    """The event that an attempt's outcome is; the budget matters only to what may be tried again."""
    return _RETRACTED[outcome] if retracted else _SETTLED[outcome, budget_left]


def diagram() -> str:
    """The table as a mermaid state diagram."""
    names = {state: state.name for state in State}
    moves = [f"    {names[a]} --> {names[b]} : {event}" for (a, event), b in TRANSITIONS.items()]
    ends = [f"    {names[state]} --> [*]" for state in ENDS]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {names[State.QUEUED]}", *moves, *ends]) + "\n"
