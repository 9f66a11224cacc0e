"""Whether a patient has an open record (draft ANS PDSm4DMP 0.1.0, TD0.2 as a search of Patient). Pure.

A draft with contradictions, kept behind a setting that is off. Of its answer only what FHIR itself says is read:
that there is one patient of that INS, and that they are active. No trait of them is.
"""

from mappings.pdsm.found import active_patients
from service.clients.exchange import Answer, NoAnswer
from service.outbox.receipt import Outcome, Receipt


def read_holder(answer: Answer | NoAnswer) -> Receipt | None:
    """Why nothing is to be fed; None when there is an open record. Nothing of the report has left by then."""
    if isinstance(answer, NoAnswer):
        return Receipt(Outcome.UNREACHABLE, answer.code, raw=answer.partial)
    active = active_patients(answer.body) if answer.status == 200 else None
    if active is None:
        code = f"http-{answer.status}"
        return Receipt(Outcome.UNREACHABLE, code, raw=answer.body, retry_after=answer.retry_after)
    return None if active == 1 else Receipt(Outcome.REFUSED, "no-open-record", raw=answer.body)
