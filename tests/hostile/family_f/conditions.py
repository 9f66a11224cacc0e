"""Conditions that find none, that find two, that are none (R4 4.0.1, http.html#cond-update)."""

from typing import Any, Final

from tests.hostile.family_f.case import CANARY, Case, Ground, bundle, entry, patient, post, put, spoilt_act
from tests.house import Json

_SECTION: Final = "FHIR R4, http.html#cond-update"
_CREATE: Final = "FHIR R4, http.html#ccreate"
_DELETE: Final = "FHIR R4, http.html#3.1.0.7.1"
_REFERENCE: Final = (
    "FHIR R4, http.html#trules: a conditional reference that finds none, or several, fails the transaction"
)
_EVERY: Final = "gender=male,female,unknown"
_NONE: Final = "identifier=urn:x|personne"
#: Finds two, each in its way.
_TWO: Final = {
    "two": _EVERY,
    "two by a name": "family=TEST",
    "two by alternatives": "identifier=PAT-0001,PAT-0002",
    "two by a page of one": f"{_EVERY}&_count=1",
    "two by an order": f"{_EVERY}&_sort=birthdate",
    "two back along a chain": "_has:Procedure:subject:status=completed",
}
SEVERAL: Final = {
    **{
        f"a creation where there are {name}": post(
            "Patient", patient("H-2"), "multiple-matches", answers=(412,), headers={"If-None-Exist": query}, section=_CREATE
        )
        for name, query in _TWO.items()
    },
    **{
        f"an update of {name}": put(f"Patient?{query}", patient("H-2"), "multiple-matches", answers=(412,), section=_SECTION)
        for name, query in _TWO.items()
    },
    **{
        f"a deletion of {name}": Case(
            method="DELETE", url=f"Patient?{query}", codes=("multiple-matches",), answers=(412,), section=_DELETE
        )
        for name, query in _TWO.items()
    },
    **{
        f"a patch of {name}": Case(
            method="PATCH", url=f"Patient?{query}", body=b'[{"op":"add","path":"/active","value":true}]',
            kind="application/json-patch+json", codes=("multiple-matches",), answers=(412,), section="FHIR R4, http.html#patch",
        )
        for name, query in _TWO.items()
    },
    **{
        f"a transaction that would {method} {name}": post(
            "", bundle(entry(method, f"Patient?{query}", patient("H-2") if method == "PUT" else None)),
            "multiple-matches", answers=(412,), section=_SECTION,
        )
        for method in ("PUT", "DELETE")
        for name, query in _TWO.items()
    },
}  # fmt: skip

NONE: Final = {
    "a deletion of nobody": Case(method="DELETE", url=f"Patient?{_NONE}", answers=(204,), section=_DELETE),
    "a patch of nobody": Case(
        method="PATCH", url=f"Patient?{_NONE}", body=b'[{"op":"add","path":"/active","value":true}]',
        kind="application/json-patch+json", codes=("not-found",), answers=(404,), section="FHIR R4, http.html#patch",
    ),
    "an update of nobody, under the id of somebody": put(
        f"Patient?{_NONE}", lambda g: g.told("Patient", 0), "duplicate", answers=(409,),
        section="FHIR R5, http.html#cond-update: no match, and an id that is taken",
    ),
    "an update of somebody, under the id of another": put(
        "Patient?identifier=PAT-0001", lambda g: g.told("Patient", 1), "structure", answers=(400,), section=_SECTION
    ),
    "an update of nobody that was seen": put(
        f"Patient?{_NONE}", patient("H-3"), "conflict", answers=(412,), headers={"If-Match": 'W/"1"'}, section=_SECTION
    ),
}  # fmt: skip

#: No condition, or one that a search would refuse.
_MALFORMED: Final = {
    "empty": "",
    "a name without a value": "identifier=",
    "a value without a name": "=x",
    "only the page": "_count=1",
    "only the order": "_sort=birthdate",
    "what nobody knows": "inconnu=x",
    "a name and what nobody knows": f"{_NONE}&inconnu=x",
    "a null byte": "identifier=a%00b",
    "199 values": "identifier=" + ",".join(["x"] * 250),
    "a canary": f"{CANARY}%20x=y",
    "200 hops": "link." * 200 + "family=x",
    "a date that is none": "birthdate=2026-02-30",
}
#: What is told in a header or in an entry is shorter than an address may be.
_TOO_LONG: Final = {"21 criteria": "&".join(["family=x"] * 21), "5,000 letters": "identifier=" + "x" * 5_000}
#: What is told in a header or in an entry is shorter than an address may be.
_TOO_LONG: Final = {"21 criteria": "&".join(["family=x"] * 21), "5,000 letters": "identifier=" + "x" * 5_000}
MALFORMED: Final = {
    **{
        f"an update on {name}": put(f"Patient?{query}", patient("H-4"), "value", "not-supported", "too-costly", answers=(400, 413), section=_SECTION)
        for name, query in _MALFORMED.items()
    },
    **{
        f"a deletion on {name}": Case(
            method="DELETE", url=f"Patient?{query}", codes=("value", "not-supported", "too-costly"), answers=(400, 413), section=_DELETE
        )
        for name, query in _MALFORMED.items()
    },
    **{
        f"a creation on {name}": post(
            "Patient", patient("H-4"), "value", "not-supported", "too-costly", answers=(400, 413), headers={"If-None-Exist": query}, section=_CREATE
        )
        for name, query in (_MALFORMED | _TOO_LONG).items()
        if query
    },
    **{
        f"an entry on {name}": post(
            "", bundle(entry("POST", "Patient", patient("H-4"), ifNoneExist=query)), "value", "not-supported", "too-costly", answers=(400, 413), section=_CREATE
        )
        for name, query in (_MALFORMED | _TOO_LONG).items()
        if query
    },
}  # fmt: skip


def _referring(target: str, *codes: str, **parts: Any) -> Case:
    def spoil(of: dict[str, Json], g: Ground) -> None:
        of["Procedure"]["subject"] = {"reference": target}

    return post("", spoilt_act(spoil), *codes, section=_REFERENCE, **parts)


_OID: Final = "urn:oid:1.2.250.1.213.1.4.11"
REFERENCES: Final = {
    "a reference that finds nobody": _referring("Patient?identifier=urn:x|personne", "value"),
    "a reference that finds two": _referring(
        f"Patient?identifier={_OID}|292043899900158,{_OID}|104082A99900249", "multiple-matches", answers=(412,)
    ),
    "a reference that finds a whole system": _referring(f"Patient?identifier={_OID}|", "multiple-matches", answers=(412,)),
    "a reference by a name": _referring("Patient?family=TEST-TILLEUL", "not-supported", answers=(400,)),
    "a reference by a value alone": _referring("Patient?identifier=PAT-0001", "not-supported", answers=(400,)),
    "a reference by nothing": _referring("Patient?", "value"),
    "a reference by what nobody knows": _referring("Patient?identifier=a|b&inconnu=x", "not-supported", answers=(400,)),
    "a reference to a type that is not kept": _referring("Group?identifier=a|b", "not-found", "value", answers=(404, 422)),
    "a reference to a class": _referring("__class__?identifier=a|b", "not-found", "value", answers=(404, 422)),
    "a reference to no type": _referring("?identifier=a|b", "not-found", "value", answers=(404, 422)),
    "a reference on another server": _referring(
        "https://ailleurs.example/fhir/Patient?identifier=a|b", "not-found", "value", answers=(404, 422)
    ),
    "a reference with a null byte": _referring("Patient?identifier=a%00|b", "value", "not-supported", answers=(400,)),
    "a reference of 5,000 letters": _referring("Patient?identifier=a|" + "b" * 5_000, "not-supported", answers=(400,)),
    "a reference to what the transaction makes": post(
        "",
        bundle(
            entry("POST", "Patient", patient("H-R1")),
            entry(
                "POST", "Patient",
                patient("H-R2", link=[{"other": {"reference": "Patient?identifier=urn:oid:1.2.250.1.999.1.1.20260.2|H-R1"}, "type": "seealso"}]),
            ),
        ),
        "value",
        section="FHIR R4, http.html#trules: conditions are met against what the server held before",
    ),
    "500 conditional references": post(
        "Patient",
        patient("H-R3", generalPractitioner=[{"reference": f"Practitioner?identifier=urn:x|{n}"} for n in range(500)]),
        "value",
        section=_REFERENCE,
    ),
}  # fmt: skip
CASES: Final = SEVERAL | NONE | MALFORMED | REFERENCES
