"""What may stand in an address: a logical id is FHIR's, anything else leads nowhere (R4 4.0.1, datatypes.html#id)."""

import re
from typing import Final

LOGICAL_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
