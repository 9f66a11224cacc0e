"""Before anything is published: does the patient have a shared record, and is it open (DMP, TD0.2)?

Asked once for each attempt to feed. The patient's own opposition is not the record's to tell: the software keeps it.
"""

from mappings.issues import Refused
from mappings.xds.existence import Existence, existence_request, read_existence
from mappings.xds.namespaces import V3
from service.clients.dmp.codes import OURS
from service.clients.dmp.read import Unclear, opened_answer, raw_of
from service.clients.dmp.send import Access


def existence(access: Access) -> Existence | Unclear:
    """What the record says of the patient; anything but a clear answer to our own question is unclear."""
    record = access.record
    message, query = record.identify(), record.identify()
    request = existence_request(
        access.patient,
        message=message,
        query=query,
        arc=record.arc,
        software=record.software.name,
        now=record.now(),
    )
    call = access.ask_existence(request)
    opened = opened_answer(call.answer, call.message_id, f"{{{V3}}}PRPA_IN201308UV02")
    if isinstance(opened, Unclear):
        return opened
    try:
        return read_existence(opened[0], patient=access.patient, message=message, query=query)
    except Refused:
        return Unclear(OURS["existence-unknown"], "existence-unknown", raw_of(call.answer))
