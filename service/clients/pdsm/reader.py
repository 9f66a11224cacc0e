"""Consulting a FHIR record: its documents (ITI-67), page after page, and the bytes of one of them (ITI-68)."""

import time
from dataclasses import dataclass, replace
from typing import Final

from mappings.domain.shared import SharedDocument
from mappings.pdsm.found import binary_in, found_documents, next_page
from service.clients.consulting import Asking, Listing, Retrieved, Unread
from service.clients.exchange import NoAnswer
from service.clients.links import link_within
from service.clients.pdsm.send import PdsmRecord, find, page, retrieve

#: Most pages of one search: what is beyond is said to be there, and not read.
_PAGES: Final = 5


@dataclass(frozen=True, slots=True)
class PdsmReader:
    """A record to be read. What it gives is neither believed nor kept here."""

    record: PdsmRecord

    def find(self, asking: Asking, *, older: bool = False) -> Listing | Unread:
        """All pages within the time of one call: somebody waits for them. Of whatever age, asked for or not."""
        begun = time.monotonic()
        documents: list[SharedDocument] = []
        seen, shown = 0, True
        answer = find(self.record, asking.patient)
        for left in reversed(range(_PAGES)):
            if isinstance(answer, NoAnswer):
                return Unread(answer.code)
            found = found_documents(answer.body) if answer.status == 200 else None
            if found is None:
                return Unread(f"http-{answer.status}" if answer.status != 200 else "not-a-search")
            documents += found.documents
            seen += len(found.documents) + found.others
            # A document that has no name of its own cannot be asked for, nor shown: that there are such is told.
            shown = shown and not (found.failed or found.unnamed)
            following = next_page(answer.body)
            if not following or not left:
                return Listing(tuple(documents), whole=shown and not following and found.total <= seen)
            url = link_within(f"{self.record.base}/", following)
            if not url:
                return Unread("foreign-address")
            seconds = self.record.seconds - (time.monotonic() - begun)
            answer = page(self.record, url, seconds=seconds) if seconds > 0 else NoAnswer("timeout", sent=False)
        raise AssertionError("the last page returns")

    def retrieve(self, asking: Asking, document: SharedDocument) -> Retrieved | Unread:
        if not document.where:
            return Unread("no-address")
        answer = retrieve(self.record, document.where, document.mime_type)
        if isinstance(answer, NoAnswer):
            return Unread(answer.code)
        if answer.status != 200:
            return Unread(f"http-{answer.status}")
        as_resource = binary_in(answer.body) if _is_fhir(answer.content_type) else None
        got = Retrieved(*as_resource) if as_resource else Retrieved(answer.content_type, answer.body)
        return replace(got, mime_type=got.mime_type.partition(";")[0].strip().lower())


def _is_fhir(content_type: str) -> bool:
    """A record may wrap the bytes in a Binary although they were asked for as they are."""
    return content_type.partition(";")[0].strip().lower() == "application/fhir+json"
