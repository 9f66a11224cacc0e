"""One poll of the State portal: what changed since the last, with an overlap, read whole and then kept in order.

No cursor is stored: the newest dossier on record says how far the last poll came. Dossiers are kept from the oldest
change to the newest, so that a poll cut short leaves nothing behind it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mappings.domain.declaration import Declaration
from mappings.domain.protocol import Protocol
from mappings.fhir.declaration import CODE, declaration_from_fhir
from mappings.fhir.json import parse
from mappings.fhir.task import TASK_CODE
from mappings.issues import Refused
from mappings.records.dossier import declaration_from_dossier, dossier_identifier
from mappings.records.form import Form
from service.clients.portal.client import Portal
from service.clients.portal.read import Trouble
from service.declarations.keeping import Keeping, Kept
from service.finding import page
from service.store import Store

_CHUNK: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one poll did; with a trouble, nothing was kept."""

    since: dt.datetime | None
    kept: Mapping[Kept, int]
    #: Dossiers put aside whole, and rows put aside in the others.
    dossiers_aside: int = 0
    rows_aside: int = 0
    #: Dossiers that tell neither number nor dates: nothing can be kept of them.
    nameless: int = 0
    #: (number, sentence) of each dossier that what is on record stands against.
    refused: tuple[tuple[str, str], ...] = ()
    trouble: Trouble | None = None


def watermark(store: Store, demarche: int, now: dt.datetime) -> dt.datetime | None:
    """When the newest dossier on record last changed, never later than now; None before the first."""
    own = dossier_identifier(demarche, 0).removesuffix("0")
    after = None
    while some := page(
        store, "Task", [("code", TASK_CODE, CODE)], sort="modified", descending=True, count=_CHUNK, after=after
    ):
        for one in some:
            declaration = declaration_from_fhir(parse(one.version.body))
            if declaration.dossier.startswith(own):
                return min(declaration.modified, now)
        after = some[-1].place
    return None


def poll(
    portal: Portal, form: Form, catalogue: Mapping[str, Protocol], keeping: Keeping, since: dt.datetime | None
) -> Poll:
    """Everything that changed since, kept; the same again changes nothing."""
    come: list[Declaration] = []
    nameless = 0
    for some in portal.changed(since):
        if isinstance(some, Trouble):
            return Poll(since=since, kept={}, trouble=some)
        for node in some.nodes:
            read = declaration_from_dossier(node, form, catalogue)
            if read is None:
                nameless += 1
            else:
                come.append(read)
    kept: Counter[Kept] = Counter()
    refused = []
    for declaration in sorted(come, key=lambda d: (d.modified, d.dossier, d.digest)):
        try:
            kept[keeping.keep(declaration)] += 1
        except Refused as refusal:
            refused += [(declaration.receipt, issue.text) for issue in refusal.issues]
    return Poll(
        since=since,
        kept=kept,
        dossiers_aside=sum(d.is_aside for d in come),
        rows_aside=sum(1 for d in come for r in d.remarks if r.aside and r.row),
        nameless=nameless,
        refused=tuple(refused),
    )
