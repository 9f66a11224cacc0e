"""A subscriber's answer, read. Its body is nothing to us, and is not kept."""

from service.clients.exchange import Answer, NoAnswer
from service.clients.resthook.codes import outcome_of
from service.outbox.receipt import Outcome, Receipt

#: Our own refusal: the name leads where no notification may go.
INNER_ADDRESS = "inner-address"


def read(answer: Answer | NoAnswer) -> Receipt:
    if isinstance(answer, Answer):
        return Receipt(outcome_of(answer.status), str(answer.status))
    if answer.code == INNER_ADDRESS:
        return Receipt(Outcome.REFUSED, answer.code)
    return Receipt(Outcome.IN_DOUBT if answer.sent else Outcome.UNREACHABLE, answer.code)
