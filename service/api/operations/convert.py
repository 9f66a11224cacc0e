"""``$convert``: a resource in the other format (R4 4.0.1, https://hl7.org/fhir/R4/resource-operation-convert.html).

JSON and XML of one release say the same thing: nothing is lost but comments and the spaces between elements. Nothing
is stored, and the resource need not be of a type that is kept here.
"""

from mappings.fhir.structure import check
from mappings.issues import Refused
from service.api import media
from service.api.exchange import Call, Reply
from service.api.parameters import refuse_others_in_address


def convert(call: Call) -> Reply:
    """What was sent, in the format that ``_format`` or Accept asks for; in the other one when nothing does."""
    refuse_others_in_address(call)
    resource = media.received(call)
    issues = check(resource)
    if issues:
        raise Refused(issues)
    if call.parameter("_format") or call.header("Accept") not in ("", "*/*"):
        return media.answer(call, resource)
    return media.printed(resource, 200, xml="xml" not in call.media_type)
