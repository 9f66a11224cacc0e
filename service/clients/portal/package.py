"""What is asked of the portal: the dossiers of one procedure that changed since an instant, a page at a time. Pure.

Only what is mapped is asked for: no file (their addresses expire within the hour), no message, no user of the portal.
"""

import datetime as dt
import json
from typing import Final

#: Dossiers of one page; the portal gives 100 at most. A dossier of twenty members is some twenty kilobytes.
PAGE: Final = 50

QUERY: Final = """\
query Dossiers($number: Int!, $first: Int!, $after: String, $since: ISO8601DateTime) {
  demarche(number: $number) {
    number
    dossiers(first: $first, after: $after, updatedSince: $since) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number
        state
        dateDepot
        dateTraitement
        dateDerniereModification
        dateDerniereModificationChamps
        motivation
        demarche { revision { id } }
        groupeInstructeur { number label }
        champs {
          champDescriptorId
          label
          stringValue
          ... on RepetitionChamp { rows { champs { champDescriptorId label stringValue } } }
        }
        annotations { champDescriptorId label stringValue }
      }
    }
  }
}
"""


def asked(number: int, since: dt.datetime | None, after: str) -> bytes:
    """The body of one request; without ``since``, every dossier."""
    variables = {
        "number": number,
        "first": PAGE,
        "after": after or None,
        "since": since.isoformat() if since else None,
    }
    return json.dumps({"query": QUERY, "operationName": "Dossiers", "variables": variables}).encode()
