"""Searches that inject, overflow or never end (R4 4.0.1, search.html)."""

from typing import Final
from urllib.parse import quote, urlencode

from tests.hostile.family_f.case import CANARY, FORM, Case, asked, post

_ERRORS: Final = "FHIR R4, search.html#errors"
_COUNT: Final = "FHIR R4, search.html#count"

#: Text that means something elsewhere: here it is text, and finds nothing.
_FOREIGN: Final = {
    "SQL that ends the statement": "'; DROP TABLE resource_version; --",
    "SQL that is always true": "' OR '1'='1",
    "SQL with double quotes": '" OR ""="',
    "SQL that waits": "x'; SELECT pg_sleep(30); --",
    "SQL that reads a file": "x' UNION SELECT pg_read_file('/etc/passwd') --",
    "a parameter of SQL": "?",
    "a parameter of psycopg": "%(x)s %s %b",
    "LIKE that matches anything": "%",
    "LIKE that matches one sign": "_______",
    "LIKE with its escape": "\\%",
    "GLOB that matches anything": "*",
    "FHIRPath": "Patient.name.where(true).family",
    "LDAP": "*)(uid=*))(|(uid=*",
    "a regular expression that explodes": "(a+)+$",
    "a regular expression of everything": ".*",
    "a template": "{{7*7}}${7*7}{0.__class__}",
    "a path": "../../../../etc/passwd",
    "CR and LF": "x\r\nSet-Cookie: a=1",
    "right to left": "\u202e\u2066é",
    "4,096 combining marks": "e" + "\u0301" * 4_096,
    "what folds into many letters": "\ufdfa" * 500,
    "a private character": "\U0010ffff",
    "100,000 letters": "a" * 100_000,
    "the canary": CANARY,
}
FOREIGN: Final = {
    f"{name}, as {how}": asked(f"Patient?{how}={quote(text)}", answers=(200,), section="FHIR R4, search.html#string")
    for name, text in _FOREIGN.items()
    for how in ("family", "family:contains")
}  # fmt: skip
TOKENS: Final = {
    f"{name}, as {how}": asked(f"{how}{quote(text, safe='')}", answers=(200,), section="FHIR R4, search.html#token")
    for name, text in _FOREIGN.items()
    for how in ("Patient?identifier=", "Observation?code:text=")
    if "|" not in text
}  # fmt: skip

BYTES: Final = {
    "a null byte": asked("Patient?family=a%00b", "value"),
    "a null byte in the name": asked("Patient?fam%00ily=a", "not-supported"),
    "a null byte in an id": asked("Patient?_id=%00", "value"),
    "a null byte in a token": asked("Patient?identifier=a%00|b", "value"),
    "invalid UTF-8": asked("Patient?family=%ff%fe", answers=(200,), section="FHIR R4, search.html#string"),
    "invalid UTF-8 that is not escaped": asked(
        "Patient", answers=(200,), environ={"QUERY_STRING": "family=\xff\xfe"}, section="RFC 3986, section 2.5"
    ),
    "overlong UTF-8": asked("Patient?family=%c0%a7", answers=(200,)),
    "half a surrogate pair": asked("Patient?family=%ed%a0%80", answers=(200,)),
    "half a surrogate pair in a token": asked("Patient?identifier=%ed%a0%80|x", answers=(200,)),
    "an escape that is none": asked("Patient?family=%zz%", answers=(200,)),
    "an escape twice": asked("Patient?family=%252525", answers=(200,)),
    "a comma that is escaped twice over": asked("Patient?identifier=a%5C%2Cb%5C%7Cc%5C%24d", answers=(200,)),
    "commas alone": asked("Patient?family=%2C%2C%2C", "value"),
    "pipes alone": asked("Patient?identifier=%7C%7C%7C%7C", "value", answers=(200, 400)),
    "dollars alone": asked("Observation?code-value-quantity=%24%24%24%24", "value"),
    "a backslash at the end": asked("Patient?identifier=a%5C", answers=(200,), section="FHIR R4, search.html#escaping"),
    "backslashes alone": asked("Patient?family=" + "%5C" * 1_001, answers=(200,)),
    "no name": asked("Patient?=x", "not-supported"),
    "a name of 100,000 letters": asked("Patient?" + "a" * 100_000 + "=x", "not-supported"),
    "a name that is a script": asked(f"Patient?%3Cscript%3E{CANARY}=x", "not-supported"),
    "a name with a canary in its modifier": asked(f"Patient?family:%20{CANARY}=x", "not-supported"),
}  # fmt: skip

VOLUMES: Final = {
    "40,000 values in one parameter": asked("Patient?_id=" + ",".join(["a"] * 40_000), "too-costly", answers=(413,)),
    "40,000 values in a token": asked("Patient?identifier=" + ",".join(["a|b"] * 40_000), "too-costly", answers=(413,)),
    "40,000 values in a form": post(
        "Patient/_search", "family=" + ",".join(["a"] * 40_000), "too-costly", answers=(413,), kind=FORM
    ),
    "10,000 parameters": asked("Patient?" + "&".join(["family=a"] * 10_000), "too-costly", answers=(413,)),
    "10,000 parameters in a form": post(
        "Patient/_search", "&".join(["family=a"] * 10_000), "too-costly", answers=(413,), kind=FORM
    ),
    "1,000,000 separators": post("Patient/_search", "&" * 1_000_000, "too-costly", answers=(413,), kind=FORM),
    "a form of 6 MB": post("Patient/_search", "family=" + "a" * 6_000_000, "too-long", answers=(413,), kind=FORM),
    "a form of 5 MB": post("Patient/_search", "family=" + "a" * 5_000_000, "too-costly", answers=(413,), kind=FORM),
    "a form of 5 MB of what folds": post("Patient/_search", "family:contains=" + "%EF%B7%BA" * 500_000, "too-costly", answers=(413,), kind=FORM),
    "200 types": asked("?_type=" + ",".join(["Patient"] * 200), answers=(200,), section="FHIR R4, http.html#vsearch-all"),
    "40,000 types": asked("?_type=" + ",".join(["Patient"] * 40_000), "too-costly", answers=(413,)),
    "40,000 types that differ": asked("?_type=" + ",".join(f"T{n}" for n in range(40_000)), "not-found", answers=(404,)),
    "199 values that are everywhere": asked("Procedure?subject:missing=false" + "&status:not=x" * 150, answers=(200,)),
    "199 alternatives of a range": asked("Procedure?date=" + ",".join(["ne2020"] * 199), "too-costly", answers=(413,)),
    "100 alternatives of a range": asked("Procedure?date=" + ",".join(["ne2020"] * 100), answers=(200,)),
    "199 alternatives of a range, of every type": asked("?_lastUpdated=" + ",".join(["ne2020"] * 199), "too-costly", answers=(413,)),
    "199 alternatives of a range along a chain": asked(
        "Procedure?subject:Patient.birthdate=" + ",".join(["ne2020"] * 199), "too-costly", answers=(413,)
    ),
    "199 ranges": asked("Procedure?" + "&".join(["date=ne2020"] * 90), answers=(200,)),
    "100 texts anywhere": asked("Patient?" + "&".join(["name:contains=e"] * 90), answers=(200,)),
    "URLs above one of 10,000 steps": asked("Questionnaire?url:above=" + "/" * 10_000, "too-costly", answers=(413,)),
}  # fmt: skip

_FAR: Final = "subject:Patient.link:Patient." * 200
CHAINS: Final = {
    "200 hops": asked(f"Procedure?{_FAR}family=x", "not-supported"),
    "200 hops by names that lead nowhere": asked("Procedure?" + "subject." * 200 + "family=x", "not-supported"),
    "200 hops back": asked("Patient?" + "_has:Procedure:subject:" * 200 + "status=completed", "not-supported"),
    "hops that go and come back": asked(
        "Patient?_has:Procedure:subject:subject:Patient._has:Procedure:subject:subject:Patient.family=x", "not-supported"
    ),
    "a circle of three": asked("Patient?link.link.link.family=TEST-HOSTILE", answers=(200,)),
    "a hop through what is no reference": asked("Patient?family.family=x", "not-supported"),
    "a hop to another type": asked("Procedure?subject:Organization.name=x", "not-supported"),
    "a hop to nothing": asked("Procedure?subject.=x", "not-supported"),
    "dots alone": asked("Procedure?.....=x", "not-supported"),
    "colons alone": asked("Procedure?:::::=x", "not-supported"),
    "back through nothing": asked("Patient?_has:::=x", "not-supported"),
    "back through a class": asked("Patient?_has:__class__:__init__:x=y", "not-supported"),
    "back to an id with a quote": asked("Patient?_has:Procedure:subject:_id='", answers=(200,)),
    "a hop to a control parameter": asked("Procedure?subject:Patient._count=1", "not-supported"),
    "a hop to an include": asked("Procedure?subject:Patient._include=*", "not-supported"),
}  # fmt: skip

_INCLUDE: Final = "FHIR R4, search.html#revinclude"
INCLUDES: Final = {
    "includes in a circle": asked(
        "Patient?_include:iterate=Patient:link&_revinclude:iterate=Patient:link", answers=(200,), section=_INCLUDE
    ),
    "everything around everything": asked(
        "Patient?_include:iterate=*&_revinclude:iterate=Procedure:*&_revinclude:iterate=Task:*", "too-costly", answers=(200, 413), section=_INCLUDE
    ),
    "the same include 190 times": asked(
        "Procedure?" + "&".join(["_include:iterate=Procedure:subject"] * 95), answers=(200,), section=_INCLUDE
    ),
    "an include of a class": asked("Patient?_include=__class__:__init__", "not-supported"),
    "an include of nothing": asked("Patient?_include=", "value"),
    "an include of what is no reference": asked("Patient?_include=Patient:family", "not-supported"),
    "an include of a script": asked(f"Patient?_include=<script>{CANARY}", "value"),
    "an include back of everything": asked("Patient?_revinclude=*", "not-supported"),
    "an include with a modifier of nobody": asked("Patient?_include:forever=*", "not-supported"),
}  # fmt: skip

_HUGE: Final = "9" * 5_000
RESULTS: Final = {
    **{
        f"_count={value[:20]}": asked(f"Patient?{urlencode({'_count': value})}", "value", section=_COUNT)
        for value in ("-1", "1e3", "0x10", "1.0", "NaN", "", " 1", "１", "²", "999999999999", _HUGE, CANARY)
    },
    "_count=999999999": asked("Patient?_count=999999999", answers=(200,), section=_COUNT),
    "_count twice": asked("Patient?_count=1&_count=0", answers=(200,), section=_COUNT),
    "_sort on 400 keys": asked("Patient?_sort=" + ",".join(["birthdate"] * 190), "not-supported"),
    "_sort on 4,000 keys": asked("Patient?_sort=" + ",".join(["birthdate"] * 4_000), "too-costly", answers=(413,)),
    "_sort on one key five times": asked("Patient?_sort=birthdate,birthdate,-birthdate,_id,-_id", answers=(200,)),
    "_sort on nothing": asked("Patient?_sort=", "not-supported"),
    "_sort on commas": asked("Patient?_sort=,,,,", "not-supported"),
    "_sort on dashes": asked("Patient?_sort=---birthdate", "not-supported"),
    "_sort on SQL": asked("Patient?_sort=birthdate;DROP TABLE resource_version", "not-supported"),
    "_sort on a class": asked("Patient?_sort=__class__", "not-supported"),
    "_sort twice": asked("Patient?_sort=birthdate&_sort=_id", "not-supported"),
    "_elements of nothing": asked("Patient?_elements=", "value"),
    "_elements of what is not there": asked("Patient?_elements=name,__proto__", "value"),
    "_elements within elements": asked("Patient?_elements=name.family", "value"),
    "_elements a thousand times": asked("Patient?_elements=" + ",".join(["name"] * 1_000), "too-costly", answers=(413,)),
    "_elements of the companion": asked("Patient?_elements=_birthDate", "value"),
    "_elements of a choice": asked("Procedure?_elements=performed[x]", "value"),
    "_elements and _summary": asked("Patient?_elements=name&_summary=text", "not-supported"),
    "_summary of nobody": asked("Patient?_summary=" + CANARY, "value"),
    "_total of nobody": asked("Patient?_total=" + CANARY, "value"),
    "_offset": asked("Patient?_offset=1000000", "not-supported"),
    "_getpages": asked("Patient?_getpages=x&_getpagesoffset=1", "not-supported"),
    "_query": asked("Patient?_query=x", "not-supported"),
    "_filter": asked("Patient?_filter=name eq x", "not-supported"),
    "_content": asked("Patient?_content=x", "not-supported"),
    "_contained": asked("Patient?_contained=both", "not-supported"),
    "_format of nobody": asked("Patient?_format=" + CANARY, "not-supported", answers=(406,), section="FHIR R4, http.html#mime-type"),
    "_pretty of nobody": asked("Patient?_pretty=" + CANARY, answers=(200,)),
    "_type of a class": asked("?_type=__class__", "not-found", answers=(404,)),
    "a type that is none": asked("__class__", "not-found", answers=(404,)),
    "a compartment of a script": asked("Patient/x/<script>", "not-found", answers=(404,)),
    "a compartment of every type": asked(lambda g: f"{g['Patient', 0]}/*?_count=500", answers=(200,), section="FHIR R4, http.html#vsearch"),
    "a search by post of JSON": post("Patient/_search", "{}", "not-supported", answers=(415,)),
    "a search by post in multipart": post(
        "Patient/_search", "--x\r\n\r\n--x--", "not-supported", answers=(415,), kind="multipart/form-data; boundary=x"
    ),
    "a search by post with both": post("Patient/_search?family=a", "family=b", answers=(200,), kind=FORM),
}  # fmt: skip

NUMBERS: Final = {
    f"a quantity of {name}": asked(f"Observation?value-quantity={quote(value)}", *(codes or ()), answers=(400,) if codes else (200,))
    for name, value, codes in (
        ("1e999", "gt1e999", ()),
        ("NaN", "NaN", ("value",)),
        ("Infinity", "Infinity", ("value",)),
        ("5,000 digits", _HUGE, ("value",)),
        ("a prefix alone", "gt", ("value",)),
        ("two prefixes", "gtlt5", ("value",)),
        ("1e308", "1e308", ()),
        ("-1e308", "lt-1e308", ()),
        ("1e-323", "1e-323", ()),
        ("minus nought", "-0", ()),
        ("two units", "5|a|b|c", ("value",)),
        ("a unit of quotes", "5||'\"", ()),
    )
}  # fmt: skip
REFERENCES: Final = {
    "a reference to nothing": asked("Procedure?subject=", "value"),
    "a reference of slashes": asked("Procedure?subject=////", "value", answers=(200, 400)),
    "a reference elsewhere": asked("Procedure?subject=https://ailleurs.example/Patient/x", answers=(200,)),
    "a reference to a script": asked("Procedure?subject=javascript:alert(1)", answers=(200,)),
    "a reference by a modifier of another type": asked("Procedure?subject:Practitioner=x", "not-supported"),
    "a reference that contradicts its modifier": asked("Procedure?subject:Patient=Group/x", answers=(200,)),
    "a reference by an identifier that is none": asked("Procedure?subject:identifier=|", "value"),
    "a modifier of nobody": asked("Patient?family:partout=x", "not-supported"),
    "two modifiers": asked("Patient?family:exact:contains=x", "not-supported"),
    "a value set that nobody keeps": asked("Observation?code:in=http://x/ValueSet/y", "not-supported"),
    "codes below what nobody keeps": asked("Observation?code:below=http://x|y", "not-supported"),
    "missing perhaps": asked("Patient?family:missing=perhaps", "value"),
}  # fmt: skip

CASES: Final[dict[str, Case]] = FOREIGN | TOKENS | BYTES | VOLUMES | CHAINS | INCLUDES | RESULTS | NUMBERS | REFERENCES
