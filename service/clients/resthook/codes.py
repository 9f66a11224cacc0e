"""What a subscriber's status means for us (RFC 9110, section 15)."""

from typing import Final

from service.outbox.receipt import Outcome

#: Any other 2xx is taken, any other 4xx refused, any other 5xx temporary; a redirection is never followed.
OUTCOMES: Final[dict[int, Outcome]] = {
    # The target may have begun: it is told the same again, under the same number.
    408: Outcome.IN_DOUBT,
    425: Outcome.UNREACHABLE,
    429: Outcome.UNREACHABLE,
    # What can never be done there.
    501: Outcome.REFUSED,
    505: Outcome.REFUSED,
}
FAMILIES: Final[dict[int, Outcome]] = {
    1: Outcome.IN_DOUBT,
    2: Outcome.ACCEPTED,
    3: Outcome.REFUSED,
    4: Outcome.REFUSED,
    5: Outcome.UNREACHABLE,
}


def outcome_of(status: int) -> Outcome:
    return OUTCOMES.get(status) or FAMILIES.get(status // 100, Outcome.REFUSED)
