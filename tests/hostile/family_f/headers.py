"""Headers that lie, or that are none (R4 4.0.1, http.html; RFC 9110, RFC 7240)."""

from typing import Final

from mappings.fhir.json import dump
from mappings.fhir.xml import resource_to_xml
from tests.hostile.family_f.case import CANARY, JSON, XML, Case, asked, bundle, entry, patient, post, put, zipped

_CONCURRENCY: Final = "FHIR R4, http.html#concurrency"
_TYPES: Final = "FHIR R4, http.html#mime-type"
_LONG: Final = "x" * 60_000

#: No ETag at all.
_MALFORMED: Final = (
    "W/", 'W/"', "-1", "w/1", 'W/W/"1"', ",", 'W/"1" W/"2"', 'W/"1", *', '"a b"', _LONG, "'; DROP TABLE resource_version; --",
)  # fmt: skip
#: ETags that are the version of nothing.
_OF_NOTHING: Final = (
    'W/""', 'W/"-1"', 'W/"1.0"', 'W/"1e0"', 'W/"0x1"', 'W/"x"', 'W/"00"', f'W/"{"9" * 1_500}"', f'W/"{CANARY}"', 'W/"\xd9\xa1"', 'W/"x", "99"',
)  # fmt: skip
_NOT_ETAGS: Final = ("*", 'W/"1", W/"2"', *_MALFORMED, *_OF_NOTHING)
_ANSWERS: Final = {**dict.fromkeys(_MALFORMED, (400, "structure")), **dict.fromkeys(_OF_NOTHING, (412, "conflict"))}
MATCHES: Final = {
    **{
        f"If-Match {text[:20]!r}": put(
            lambda g: g["Patient", 0], lambda g: g.told("Patient", 0), code,
            answers=(status,), environ={"HTTP_IF_MATCH": text}, section=_CONCURRENCY,
        )
        for text, (status, code) in _ANSWERS.items()
    },
    **{
        f"an entry that was seen as {text[:20]!r}": post(
            "", lambda g, text=text: bundle(entry("PUT", g["Patient", 0], g.told("Patient", 0), ifMatch=text)),
            "value", "conflict", "structure", answers=(412, 422, 400), section=_CONCURRENCY,
        )
        for text in _ANSWERS
    },
    **{
        f"If-Match {text!r} of what has another version": put(
            lambda g: g["Patient", 0], lambda g: g.told("Patient", 0) | {"active": False}, "conflict",
            answers=(412,), headers={"If-Match": text}, section=_CONCURRENCY,
        )
        for text in ('W/"99"', '"99"', "99", 'W/"000000099"')
    },
    "a deletion of a version that was not seen": Case(
        method="DELETE", url=lambda g: g["Patient", 0], headers={"If-Match": 'W/"99"'}, answers=(412,), codes=("conflict",), section=_CONCURRENCY
    ),
    "a patch of a version that was not seen": Case(
        method="PATCH", url=lambda g: g["Patient", 0], headers={"If-Match": 'W/"99"'}, kind="application/json-patch+json",
        body=b'[{"op":"add","path":"/active","value":false}]', answers=(412,), codes=("conflict",), section=_CONCURRENCY,
    ),
    **{
        f"If-None-Match {text[:20]!r}": asked(
            lambda g: g["Patient", 0], answers=(200, 304), environ={"HTTP_IF_NONE_MATCH": text}, section="FHIR R4, http.html#cread"
        )
        for text in (*_NOT_ETAGS, ",".join(['W/"2"'] * 10_000))
    },
    **{
        f"If-Modified-Since {text[:30]!r}": asked(
            lambda g: g["Patient", 0], answers=(200, 304), environ={"HTTP_IF_MODIFIED_SINCE": text}, section="RFC 9110, section 13.1.3"
        )
        for text in (
            "hier", "0", "2026-11-20", "Mon, 31 Feb 2026 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 +1400",
            "Fri, 31 Dec 9999 23:59:59 -2359", "Fri, 20 Nov 2026 11:00:00 +9999", "Fri, 20 Nov 99999 11:00:00 GMT", _LONG, "(" * 10_000, "\x00",
        )
    },
}  # fmt: skip

_PREFERENCES: Final = (
    "return", "return=", "return=everything", 'return="', "return=minimal, return=representation", "return=minimal" + ";x" * 10_000,
    "," * 60_000, "handling=strict; handling=lenient", "respond-async", "wait=" + "9" * 5_000, _LONG, f"x={CANARY}", "\x00", "r\xe9turn=minimal",
)  # fmt: skip
PREFERS: Final = {
    f"Prefer {text[:30]!r}": asked("Patient?family=x", answers=(200,), environ={"HTTP_PREFER": text}, section="RFC 7240, section 2")
    for text in _PREFERENCES
} | {
    f"an update with Prefer {text[:30]!r}": put(
        lambda g: g["Patient", 1], lambda g: g.told("Patient", 1), answers=(200,), environ={"HTTP_PREFER": text}, section="RFC 7240, section 2"
    )
    for text in _PREFERENCES
}  # fmt: skip

ACCEPTS: Final = {
    **{
        f"Accept {text[:30]!r}": asked(
            "Patient?family=x", "not-supported", answers=(200, 406), environ={"HTTP_ACCEPT": text}, section=_TYPES
        )
        for text in (
            "", "x", "*", "*/*;q=0", "*/*;q=2", "*/*;q=x", "application/fhir+json;q=NaN", "application/fhir+json;fhirVersion=99", "text/html",
            "application/fhir+turtle", "a/b," * 10_000, "application/json" + ";x=y" * 10_000, _LONG, "\x00", "application/\xe9",
        )
    },
    **{
        f"Accept-Encoding {text[:30]!r}": asked("metadata", answers=(200,), environ={"HTTP_ACCEPT_ENCODING": text}, section="RFC 9110, section 12.5.3")
        for text in ("gzip;q=x", "gzip;q=-1", "gzip;q=1e999", "*" * 60_000, "gzip," * 10_000, "\x00", "br;q=1, gzip;q=0")
    },
}  # fmt: skip

_SOMEBODY: Final = patient("H-L1")
_JSON_BODY: Final = dump(_SOMEBODY)
_XML_BODY: Final = resource_to_xml(_SOMEBODY)
LIES: Final = {
    "XML under the name of JSON": post("Patient", _XML_BODY, "structure", answers=(400,), kind=JSON, section=_TYPES),
    "JSON under the name of XML": post("Patient", _JSON_BODY, "structure", answers=(400,), kind=XML, section=_TYPES),
    "a form under the name of JSON": post("Patient", b"family=x", "structure", answers=(400,), kind=JSON, section=_TYPES),
    "JSON under the name of a form": post("Patient", _JSON_BODY, "not-supported", answers=(415,), kind="application/x-www-form-urlencoded"),
    "a JSON patch under the name of a resource": put(
        lambda g: g["Patient", 0], b'[{"op":"add","path":"/active","value":false}]', "structure", answers=(400,), section=_TYPES
    ),
    "a resource under the name of a JSON patch": Case(
        method="PATCH", url=lambda g: g["Patient", 0], body=_JSON_BODY, kind="application/json-patch+json",
        answers=(400,), codes=("structure",), section="FHIR R4, http.html#patch",
    ),
    "an XML patch": Case(
        method="PATCH", url=lambda g: g["Patient", 0], body=b"<diff/>", kind="application/xml-patch+xml",
        answers=(415,), codes=("not-supported",), section="FHIR R4, http.html#patch",
    ),
    "a merge patch": Case(
        method="PATCH", url=lambda g: g["Patient", 0], body=b'{"active":null}', kind="application/merge-patch+json",
        answers=(415,), codes=("not-supported",), section="FHIR R4, http.html#patch",
    ),
    **{
        f"a body of {kind[:40]!r}": post("Patient", _JSON_BODY, "not-supported", answers=(415,), environ={"CONTENT_TYPE": kind}, section=_TYPES)
        for kind in (
            "", "x", "application/fhir+turtle", "text/html", "application/octet-stream", "application/json-patch+json", "multipart/form-data",
            "application/fhir+json, application/fhir+xml", "application/fhir +json", "\x00", _LONG, "application/fhir+json\xe9",
        )
    },
    "a charset that is another": post(
        "Patient", '{"resourceType":"Patient","gender":"féminin"}'.encode("latin-1"), "structure", answers=(400,),
        kind="application/fhir+json; charset=iso-8859-1", section="FHIR R4, http.html#mime-type: UTF-8 is used",
    ),
}  # fmt: skip

_ZERO: Final = b'{"resourceType":"Patient","id":"' + b"0" * 4_000_000 + b'"}'
CODINGS: Final = {
    **{
        f"a gzip bomb of {size:,} bytes": post(
            "Patient", zipped(b'{"x":"' + b"0" * size), "too-long", answers=(413,), headers={"Content-Encoding": "gzip"}, section="RFC 9110, section 8.4"
        )
        for size in (6_000_000, 200_000_000)
    },
    "a gzip bomb in gzip": post(
        "Patient", zipped(zipped(b"0" * 100_000_000)), "structure", "not-supported", answers=(400, 415), headers={"Content-Encoding": "gzip"}
    ),
    "gzip twice": post("Patient", zipped(zipped(_JSON_BODY)), "not-supported", answers=(415,), headers={"Content-Encoding": "gzip, gzip"}),
    "gzip of 5 MB less a little": post("Patient", zipped(_ZERO), "structure", "value", answers=(400, 422), headers={"Content-Encoding": "gzip"}),
    "gzip under the name of nothing": post("Patient", zipped(_JSON_BODY), "structure", answers=(400,)),
    "nothing under the name of gzip": post("Patient", _JSON_BODY, "structure", answers=(400,), headers={"Content-Encoding": "gzip"}),
    "gzip cut short": post("Patient", zipped(_JSON_BODY)[:-9], "structure", answers=(400,), headers={"Content-Encoding": "gzip"}),
    "gzip with more behind it": post("Patient", zipped(_JSON_BODY) * 2, "structure", answers=(400,), headers={"Content-Encoding": "gzip"}),
    "gzip with a wrong sum": post(
        "Patient", zipped(_JSON_BODY)[:-8] + bytes(8), "structure", answers=(400,), headers={"Content-Encoding": "gzip"}
    ),
    "gzip of nothing": post("Patient", zipped(b""), "structure", answers=(400,), headers={"Content-Encoding": "gzip"}),
    **{
        f"a coding of {coding[:20]!r}": post(
            "Patient", _JSON_BODY, "not-supported", answers=(415,), environ={"HTTP_CONTENT_ENCODING": coding}, section="RFC 9110, section 8.4"
        )
        for coding in ("br", "deflate", "zstd", "compress", "gzip;q=1", "x", _LONG, "\x00")
    },
}  # fmt: skip

KEYS: Final = {
    f"an idempotency key of {key[:20]!r}": post(
        "Patient",
        patient("H-K1"),
        "value",
        "structure",
        "too-long",
        answers=(422, 400, 413),
        environ={"HTTP_IDEMPOTENCY_KEY": key},
    )
    for key in (_LONG, "\x00", "x\r\ny", "cl\xe9", "a" * 256, "\x7f")
}
LENGTHS: Final = {
    f"a length of {text!r}": post(
        "Patient", _JSON_BODY, "structure", "too-long", answers=(400, 413), environ={"CONTENT_LENGTH": text}
    )
    for text in ("-1", "x", "", "0", "9" * 30, "1e3", "7")
}
CASES: Final = MATCHES | PREFERS | ACCEPTS | LIES | CODINGS | KEYS | LENGTHS
