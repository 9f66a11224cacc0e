"""Pages and histories asked by cursors that are none, or of another search (R4 4.0.1, http.html#paging, #history)."""

import base64
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from tests.hostile.family_f.case import CANARY, FORM, Ground, asked, post

_PAGING: Final = "FHIR R4, http.html#paging: only the server that wrote a link can tell what it means"
_HISTORY: Final = "FHIR R4, http.html#history"

_FORGED: Final = {
    "a word": "x",
    "a number": "1000000",
    "a canary": CANARY,
    "the letters of base64": "A" * 100,
    "a token of nought": base64.urlsafe_b64encode(b"\x80" + bytes(72)).decode(),
    "a token of the year 2106": base64.urlsafe_b64encode(b"\x80" + b"\xff" * 8 + bytes(64)).decode(),
    "JSON": '["Patient",[],[0],false]',
    "JSON in base64": base64.urlsafe_b64encode(b'["Patient",[],[0],false]').decode(),
    "100,000 letters": "gAAAAA" + "A" * 100_000,
    "a null byte": "\x00",
    "half a surrogate pair": "%ed%a0%80",
    "an accent": "é",
    "SQL": "'; DROP TABLE resource_version; --",
    "blanks": "   ",
}
_ASKED: Final = ("Patient", "_history", "")
FORGED: Final = {
    f"{name}, as a page of {url or 'all'}": asked(
        f"{url}?_page={text if text.startswith('%') else quote(text)}", "not-supported", section=_PAGING
    )
    for name, text in _FORGED.items()
    for url in _ASKED
}  # fmt: skip


def _page(of: str, of_url: str, change: Callable[[str], str] = str) -> Callable[[Ground], str]:
    """``of`` a page, asked with the cursor of another; ``change`` is done to it."""

    def made(g: Ground) -> str:
        return f"{of}{'&' if '?' in of else '?'}_page={quote(change(g.next(of_url)))}"

    return made


_FIRST: Final = "Patient?_count=1"
STOLEN: Final = {
    "the page of another type": asked(_page("Procedure", _FIRST), "not-supported", section=_PAGING),
    "the page of one type asked of all": asked(_page("", _FIRST), "not-supported", section=_PAGING),
    "the page of all asked of one type": asked(_page("Patient", "?_count=1"), "not-supported", section=_PAGING),
    "the page of a search asked of a history": asked(_page("Patient/_history", _FIRST), "not-supported", section=_PAGING),
    "the page of a history asked of a search": asked(_page("Patient", "Patient/_history?_count=1"), "not-supported", section=_PAGING),
    "the page of a history asked of another": asked(_page("Consent/_history", "Patient/_history?_count=1"), "not-supported", section=_PAGING),
    "the page of a history asked of all": asked(_page("_history", "Patient/_history?_count=1"), "not-supported", section=_PAGING),
    "the page of a compartment asked of another": asked(
        lambda g: f"{g['Patient', 1]}/Observation?_page={quote(g.next(g['Patient', 0] + '/*?_count=1'))}", "not-supported", section=_PAGING
    ),
    "the page of a compartment asked of its type": asked(
        lambda g: f"Observation?_page={quote(g.next(g['Patient', 0] + '/*?_count=1'))}", "not-supported", section=_PAGING
    ),
    "a page cut short": asked(_page("Patient", _FIRST, lambda text: text[:-7]), "not-supported", section=_PAGING),
    "a page with a letter more": asked(_page("Patient", _FIRST, lambda text: f"{text}A"), "not-supported", section=_PAGING),
    "a page with a letter changed": asked(
        _page("Patient", _FIRST, lambda text: text[:40] + ("A" if text[40] != "A" else "B") + text[41:]), "not-supported", section=_PAGING
    ),
    "a page in capitals": asked(_page("Patient", _FIRST, str.upper), "not-supported", section=_PAGING),
    "a page twice over": asked(_page("Patient", _FIRST, lambda text: text * 2), "not-supported", section=_PAGING),
    "a page of what is sorted otherwise": asked(
        _page("Patient?_sort=-birthdate", "Patient?_sort=birthdate&_count=1"), answers=(200,), section=_PAGING
    ),
    "a page with another search beside it": asked(_page("Patient?family=x", _FIRST), answers=(200,), section=_PAGING),
    "a page in a form": post(
        "Patient/_search", lambda g: f"_page={quote(g.next(_FIRST))}", answers=(200,), kind=FORM, section=_PAGING
    ),
    "an empty page before a page": asked("Patient?_page=&_page=x", "not-supported", section=_PAGING),
}  # fmt: skip

HISTORIES: Final = {
    **{
        f"{url} with {name}": asked(f"{url}?{query}", "value" if query.startswith(("_count", "_since", "_at")) else "not-supported", section=_HISTORY)
        for url in ("_history", "Patient/_history")
        for name, query in {
            "_count of -1": "_count=-1",
            "_count of 1e3": "_count=1e3",
            "_count of nothing": "_count=",
            "_count of 5,000 digits": "_count=" + "9" * 5_000,
            "_count in another script": "_count=%D9%A5",
            "_since of nothing": "_since=",
            "_since of a word": f"_since={CANARY}",
            "_since of SQL": "_since=2026-11-20' OR '1'='1",
            "_since of a prefix": "_since=gt2026",
            "_since of 30 February": "_since=2026-02-30",
            "_since of the year 0": "_since=0000",
            "_since of the year 10000": "_since=10000-01-01",
            "_since of 100,000 digits": "_since=" + "2" * 100_000,
            "_at of two": "_at=2026,2027",
            "_at of a null byte": "_at=2026%00",
            "_list": "_list=$current",
            "_sort": "_sort=_lastUpdated",
            "a search": "family=x",
            "500 parameters": "&".join(["inconnu=x"] * 500),
            "a name with a canary": f"%20{CANARY}=x",
        }.items()
    },
    "a history of 10,000 parameters": asked("_history?" + "&".join(["_count=1"] * 10_000), "too-costly", answers=(413,)),
    "a history since and at": asked("_history?_since=2026&_at=2026", answers=(200,), section=_HISTORY),
    "a history by the largest page": asked("_history?_count=999999999", answers=(200,), section=_HISTORY),
    "a history by a page of nothing": asked("_history?_count=0", answers=(200,), section=_HISTORY),
    "a history since the end of time": asked("_history?_since=9999-12-31T23:59:59.999Z", answers=(200,), section=_HISTORY),
    "a history of nobody": asked("Patient/personne/_history", "not-found", answers=(404,), section=_HISTORY),
    "a history of what is not kept": asked("Foo/_history", "not-found", answers=(404,), section=_HISTORY),
    "a version of nought": asked(lambda g: f"{g['Patient', 0]}/_history/0", "not-found", answers=(404,), section=_HISTORY),
    "a version of 9 digits": asked(lambda g: f"{g['Patient', 0]}/_history/999999999", "not-found", answers=(404,), section=_HISTORY),
    "a version of 10 digits": asked(lambda g: f"{g['Patient', 0]}/_history/9999999999", "not-found", answers=(404,), section=_HISTORY),
    "a version below nought": asked(lambda g: f"{g['Patient', 0]}/_history/-1", "not-found", answers=(404,), section=_HISTORY),
    "a version in another script": asked(lambda g: f"{g['Patient', 0]}/_history/%D9%A1", "not-found", answers=(404,), section=_HISTORY),
}  # fmt: skip
CASES: Final = FORGED | STOLEN | HISTORIES
