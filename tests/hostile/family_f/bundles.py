"""Bundles too large, nested, at odds with themselves (R4 4.0.1, http.html#transaction, bundle.html)."""

import base64
from typing import Any, Final

from mappings.fhir.json import dump
from tests.hostile.family_f.case import Ground, bundle, entry, patient, post
from tests.house import Json

_RULES: Final = "FHIR R4, http.html#trules"
_OVERLAP: Final = "FHIR R4, http.html#trules: if any resource identities overlap in steps 1-3, the transaction fails"
_NESTED: Final = "FHIR R4, http.html#transaction: an entry is an interaction of the RESTful interface below the base"
_READING: Final = {"resourceType": "Bundle", "type": "batch", "entry": [entry("GET", "metadata")]}


def _many(kind: str, number: int, one: Json) -> bytes:
    head = b'{"resourceType":"Bundle","type":"%s","entry":[' % kind.encode()
    return head + b",".join([dump(one)] * number) + b"]}"


VOLUMES: Final = {
    **{
        f"a {kind} of {number:,} entries": post("", _many(kind, number, one), "too-costly", answers=(413,), section=_RULES)
        for kind in ("transaction", "batch")
        for number, one in (
            (100_000, {"fullUrl": "urn:x"}),
            (501, entry("GET", "metadata")),
            (20_000, entry("POST", "Patient", {"resourceType": "Patient"})),
        )
    },
    "a transaction of 500 histories": post(
        "", _many("transaction", 500, entry("GET", "_history?_count=500")), answers=(200,), section=_NESTED
    ),
    "a batch of 500 searches that find nothing": post(
        "", _many("batch", 500, entry("GET", "Patient?family=x&_revinclude=Procedure:*")), answers=(200,), section=_NESTED
    ),
    "a batch of 500 faults": post("", _many("batch", 500, entry("POST", "Foo", {"resourceType": "Foo"})), answers=(200,)),
}  # fmt: skip


def _inside(depth: int) -> bytes:
    """A Bundle in a Bundle in a Bundle."""
    head, _, tail = dump(bundle(entry("POST", "Bundle", {"x": 0}))).partition(b'{"x":0}')
    return head * depth + dump(_READING) + tail * depth


NESTED: Final = {
    "a batch in a transaction": post("", bundle(entry("POST", "Bundle", _READING)), "not-supported", answers=(400,), section=_NESTED),
    "a batch in a transaction at the base": post("", bundle(entry("POST", "", _READING)), "value", section=_NESTED),
    "a transaction in a transaction at a query": post(
        "", bundle(entry("POST", "?x=y", bundle(entry("POST", "Patient", patient("H-N1"))))), "not-supported", answers=(400,), section=_NESTED
    ),
    "Bundles in Bundles, 100 deep": post("", _inside(100), "too-costly", answers=(413,)),
    "a Bundle of a collection": post("", bundle(kind="collection"), "value", section=_RULES),
    "a Bundle of no kind": post("", {"resourceType": "Bundle"}, "value", section=_RULES),
    "a Bundle of two kinds": post("", {"resourceType": "Bundle", "type": ["batch", "transaction"]}, "value", section=_RULES),
    "no Bundle": post("", patient("H-N2"), "value", section=_RULES),
    "a Bundle at its type": post("Bundle", _READING, "not-supported", answers=(400,), section=_NESTED),
    "entries that are no list": post("", {"resourceType": "Bundle", "type": "transaction", "entry": {}}, "structure", answers=(400,)),
    "an entry with a response": post(
        "", bundle(entry("POST", "Patient", patient("H-N3")) | {"response": {"status": "201"}}), answers=(200,), section="FHIR R4, bdl-4: $validate judges it; what is asked is plain"
    ),
    "an entry with a search": post(
        "", bundle(entry("POST", "Patient", patient("H-N4")) | {"search": {"mode": "match"}}), answers=(200,), section="FHIR R4, bdl-2: $validate judges it; what is asked is plain"
    ),
    "a total in a transaction": post(
        "", bundle(entry("POST", "Patient", patient("H-N5"))) | {"total": 1}, answers=(200,), section="FHIR R4, bdl-1: $validate judges it; what is asked is plain"
    ),
}  # fmt: skip

#: Addresses that an entry of a transaction does not take.
_NOWHERE: Final = (
    "/Patient", "//ailleurs.example/Patient", "https://ailleurs.example/fhir/Patient", "file:///etc/passwd", "../Patient",
    "Patient/../Consent", "Patient/x/y", "$export", "patient", "Patient%2Fx", "Patient%00", "__class__",
    "Patient/x?identifier=a|b", "Patient#x", " Patient", "Patient\n",
)  # fmt: skip
ADDRESSES: Final = {
    **{
        f"a creation at {url[:30]!r}": post(
            "", bundle(entry("POST", url, patient("H-A1"))), "not-supported", "invariant", "value", answers=(400, 422), section=_RULES
        )
        for url in _NOWHERE
    },
    **{
        f"a deletion at {url[:30]!r}": post(
            "", bundle(entry("DELETE", url)), "not-supported", "value", answers=(400, 422), section=_RULES
        )
        for url in _NOWHERE
    },
    **{
        f"a reading at {url[:30]!r}": post("", bundle(entry("GET", url)), "value", answers=(200, 422), section=_RULES)
        for url in ("", "/", "?", "https://ailleurs.example/", "../../x", "Patient/%00", "Patient?_id=%00", "x" * 60_000, "\u2028")
    },
    **{
        f"an entry by {method!r}": post(
            "", bundle(entry(method, "Patient", patient("H-A2"))), "not-supported", "code-invalid", "structure", answers=(400, 422), section=_RULES
        )
        for method in ("", "post", "OPTIONS", "TRACE", "CONNECT", "POST ", "GET\r\n", "PROPFIND")
    },
}  # fmt: skip


def _two(one: Any, other: Any) -> Any:
    return lambda g: bundle(one(g), other(g))


def _put(g: Ground, **parts: Any) -> Json:
    return entry("PUT", g["Patient", 0], g.told("Patient", 0) | parts)


def _binary(*operations: Json) -> Json:
    data = base64.b64encode(dump({"x": list(operations)})[5:-1]).decode()
    return {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": data}


_ACTIVE: Final = _binary({"op": "add", "path": "/active", "value": True})
_NUMBER: Final = "identifier=urn:oid:1.2.250.1.213.1.4.11|292043899900158"
OVERLAPS: Final = {
    "updated twice": post("", _two(_put, lambda g: _put(g, active=False)), "invariant", section=_OVERLAP),
    "updated and deleted": post("", _two(_put, lambda g: entry("DELETE", g["Patient", 0])), "invariant", section=_OVERLAP),
    "updated and patched": post("", _two(_put, lambda g: entry("PATCH", g["Patient", 0], _ACTIVE)), "invariant", section=_OVERLAP),
    "patched and deleted": post(
        "", _two(lambda g: entry("PATCH", g["Patient", 0], _ACTIVE), lambda g: entry("DELETE", g["Patient", 0])), "invariant", section=_OVERLAP
    ),
    "updated by its id and by a condition": post(
        "", _two(_put, lambda g: entry("PUT", f"Patient?{_NUMBER}", g.told("Patient", 0))), "invariant", section=_OVERLAP
    ),
    "patched by its id and by a condition": post(
        "", _two(lambda g: entry("PATCH", g["Patient", 0], _ACTIVE), lambda g: entry("PATCH", f"Patient?{_NUMBER}", _ACTIVE)), "invariant", section=_OVERLAP
    ),
    "deleted by two conditions": post(
        "", _two(lambda g: entry("DELETE", f"Patient?{_NUMBER}"), lambda g: entry("DELETE", "Patient?birthdate=1992-04-14")), "invariant", section=_OVERLAP
    ),
    "updated and created where it is found": post(
        "", _two(_put, lambda g: entry("POST", "Patient", patient("H-O1"), ifNoneExist=_NUMBER)), "invariant", section=_OVERLAP
    ),
    "created twice on one condition": post(
        "", bundle(*[entry("POST", "Patient", patient("H-O2"), ifNoneExist="identifier=urn:oid:1.2.250.1.999.1.1.20260.2|H-O2")] * 2), "invariant", section=_OVERLAP
    ),
    "created twice on two conditions that are one": post(
        "",
        bundle(
            entry("POST", "Patient", patient("H-O3"), ifNoneExist="identifier=urn:oid:1.2.250.1.999.1.1.20260.2|H-O3"),
            entry("POST", "Patient", patient("H-O3"), ifNoneExist="identifier=H-O3"),
        ),
        "duplicate",
        answers=(409,),
        section=_OVERLAP,
    ),
    "created twice under one number": post(
        "", bundle(entry("POST", "Patient", patient("H-O4")), entry("POST", "Patient", patient("H-O4"))), "duplicate", answers=(409,), section=_OVERLAP
    ),
    "created under the number of another": post(
        "Patient", lambda g: patient("H-O5") | {"identifier": g.numbers[0]}, "duplicate", answers=(409,)
    ),
    "created under the numbers of two others": post(
        "Patient",
        lambda g: patient("H-O6") | {"identifier": [*g.numbers[0], *g.numbers[1]]},
        "duplicate",
        answers=(409,),
    ),
    "one fullUrl twice": post(
        "", bundle(*[entry("POST", "Patient", patient(f"H-U{n}"), "urn:uuid:1") for n in (1, 2)]), "invariant", section="FHIR R4, bdl-7"
    ),
    "two addresses that are one, by fullUrl": post(
        "",
        lambda g: bundle(
            entry("PUT", g["Patient", 0], g.told("Patient", 0), f"http://a.example/{g['Patient', 0]}"),
            entry("PUT", g["Patient", 0], g.told("Patient", 0), f"http://b.example/{g['Patient', 0]}"),
        ),
        "invariant",
        section=_OVERLAP,
    ),
    "a fullUrl that is the address of somebody else": post(
        "",
        lambda g: bundle(
            entry("POST", "Patient", patient("H-U3", link=[{"other": {"reference": g["Patient", 0]}, "type": "seealso"}]),
                  f"http://localhost/fhir/{g['Patient', 0]}"),
        ),
        answers=(200,),
        section="FHIR R4, bundle.html#references: a reference resolves within the Bundle first",
    ),
}  # fmt: skip
CASES: Final = VOLUMES | NESTED | ADDRESSES | OVERLAPS
