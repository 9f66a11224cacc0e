"""What may stand in an address: a logical id is FHIR's, anything else leads nowhere (R4 4.0.1, datatypes.html#id)."""

from werkzeug.routing import BaseConverter


class LogicalId(BaseConverter):
    """A resource's logical id."""

    regex = r"[A-Za-z0-9\-.]{1,64}"
