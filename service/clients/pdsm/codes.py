"""What each answer of a FHIR record means for the document (R4, http.html and valueset-issue-type; RFC 9110).

The rule is that of the other record: what may have been stored is looked up, what surely was not is tried again when
it can help, everything else is for a human.
"""

from typing import Final

from service.outbox.receipt import Outcome

#: Codes of an OperationOutcome that say more than the status it came with.
ISSUES: Final[dict[str, Outcome]] = {
    # Most often our own first attempt; it counts as accepted once a look-up has found our bytes.
    "duplicate": Outcome.IN_DOUBT,
    "conflict": Outcome.IN_DOUBT,
    # It says itself that it did nothing.
    "throttled": Outcome.UNREACHABLE,
}
#: HTTP statuses.
STATUSES: Final[dict[int, Outcome]] = {
    # It stopped waiting for our bytes, or turned us away at the door: nothing was processed.
    408: Outcome.UNREACHABLE,
    429: Outcome.UNREACHABLE,
    # Something of ours is there already, or a condition did not hold: is it our document?
    409: Outcome.IN_DOUBT,
    412: Outcome.IN_DOUBT,
}
#: By family, for the statuses that are not above.
FAMILIES: Final[dict[int, Outcome]] = {
    1: Outcome.IN_DOUBT,
    # A success that does not say what was stored proves nothing.
    2: Outcome.IN_DOUBT,
    # Moved: not followed, the configuration is to be mended.
    3: Outcome.REFUSED,
    4: Outcome.REFUSED,
    5: Outcome.IN_DOUBT,
}


def of_status(status: int) -> Outcome:
    return STATUSES.get(status) or FAMILIES.get(status // 100, Outcome.IN_DOUBT)
