"""Patches that lead nowhere, that grow, that change what no patch may (R4 4.0.1, http.html#patch, fhirpatch.html)."""

from typing import Any, Final

from mappings.fhir.json import dump
from tests.hostile.family_f.case import CANARY, JSON_PATCH, Case, bundle, entry, kept, post
from tests.house import Json

_SECTION: Final = "FHIR R4, http.html#patch"
_FHIRPATH: Final = "FHIR R4, fhirpatch.html"
_RFC: Final = "RFC 6902, section 4"
_ANY: Final = (
    "structure",
    "value",
    "invariant",
    "too-costly",
    "not-supported",
    "required",
    "too-long",
    "business-rule",
    "code-invalid",
)


def _patch(
    body: Any, *, answers: tuple[int, ...] = (400, 413, 422), kind: str = JSON_PATCH, section: str = _RFC
) -> Case:
    sent = body if isinstance(body, bytes) else dump({"x": body})[5:-1]
    return Case(
        method="PATCH", url=lambda g: g["Patient", 0], body=kept(sent), kind=kind, answers=answers, codes=_ANY, section=section
    )  # fmt: skip


def _add(path: str, value: Any = "x") -> Json:
    return {"op": "add", "path": path, "value": value}


def _copy(source: str, path: str) -> Json:
    return {"op": "copy", "from": source, "path": path}


def _nested(depth: int) -> Any:
    made: Any = []
    for _ in range(depth):
        made = [made]
    return made


_NO_PATCH: Final[dict[str, Any]] = {
    "nothing": b"",
    "null": None,
    "a number": 7,
    "an object": {"op": "add"},
    "a list of lists": [[]],
    "a list of null": [None],
    "two documents": b"[][]",
    "what closes and opens": b'[]},"y":{"z":[]',
    "NaN": b'[{"op":"add","path":"/active","value":NaN}]',
    "an operation of nobody": [{"op": "explode", "path": "/active"}],
    "an operation that is a list": [{"op": ["add"], "path": "/active"}],
    "an operation twice": b'[{"op":"test","op":"remove","path":"/active"}]',
    "an operation without a path": [{"op": "remove"}],
    "a path that is a number": [{"op": "remove", "path": 7}],
    "a value that is missing": [{"op": "add", "path": "/active"}],
    "a source that is missing": [{"op": "move", "path": "/active"}],
    "1,001 operations": [_add("/active", True)] * 1_001,
    "100,000 operations": [_add("/active", True)] * 60_000,
    "half a surrogate pair": b'[{"op":"add","path":"/language","value":"\\ud800"}]',
    "depth": b'[{"op":"add","path":"/x","value":' + b"[" * 100_000 + b"]" * 100_000 + b"}]",
    "a byte order mark": b"\xef\xbb\xbf[]",
}
_POINTERS: Final = (
    "active", "/", "//", "/~", "/~2", "/name/01", "/name/-1", "/name/1e0", "/name/９", "/name/999999999", "/name/9999999999", "/name/0/x/y",
    "/nowhere/at/all", "/name/-/family", "/__proto__", "/__class__/__init__", "/constructor/prototype", "/birthDate/0", "/" + "a/" * 200,
    "/" + "a" * 100_000, "#/active", "/name/*", "$.name", f"/{CANARY} x", "/name/0/family/\u0000",
)  # fmt: skip
_SPOILT: Final[dict[str, Any]] = {
    "the type": [{"op": "replace", "path": "/resourceType", "value": "Consent"}],
    "the type away": [{"op": "remove", "path": "/resourceType"}],
    "the id": [{"op": "replace", "path": "/id", "value": "autre"}],
    "the id away": [{"op": "remove", "path": "/id"}],
    "the id by a move": [{"op": "move", "from": "/birthDate", "path": "/id"}],
    "the id to a list": [{"op": "replace", "path": "/id", "value": ["x"]}],
    "the whole by a number": [{"op": "replace", "path": "", "value": 7}],
    "the whole by nothing": [{"op": "replace", "path": "", "value": None}],
    "the whole away": [{"op": "remove", "path": ""}],
    "the whole into itself": [_copy("", "/contained")],
    "an element into itself": [{"op": "move", "from": "/name", "path": "/name/0/x"}],
    "the whole into an element": [{"op": "move", "from": "", "path": "/name"}],
    "what is no element": [_add("/inconnu")],
    "what is not of its type": [_add("/active", "true")],
    "an empty list": [{"op": "replace", "path": "/name", "value": []}],
    "a null": [{"op": "replace", "path": "/birthDate", "value": None}],
    "a reference to nobody": [_add("/managingOrganization", {"reference": "Organization/personne"})],
    "a test that fails": [{"op": "test", "path": "/birthDate", "value": "1800-01-01"}],
    "a test of true as 1": [_add("/active", True), {"op": "test", "path": "/active", "value": 1}],
    "a narrative with a script": [
        _add("/text", {"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'><script>x</script></div>"})
    ],
    "copies that double": [_add("/extension", [{"url": "urn:x", "valueString": "x" * 1_000}]), *[_copy("/extension", "/extension/-")] * 30],
    "copies of copies": [_add("/x", ["x" * 50_000]), *[_copy("/x", "/x/-")] * 900],
    "1,000 copies of a long text": [_add("/x", ["x" * 100_000]), *[_copy("/x/0", "/x/-")] * 900],
    "moves of what is large": [_add("/x", {"a": list(range(9_000))}), *[{"op": "move", "from": "/x", "path": "/y"}, {"op": "move", "from": "/y", "path": "/x"}] * 450],
    "a hundred levels, one by one": [_add("/x", []), *[_copy("/x", "/x/0")] * 200],
    "a hundred levels at once": [_add("/x", _nested(60)), _copy("/x", "/x" + "/0" * 60)],
    "insertions before the first": [_add("/x", []), *[_add("/x/0", "x" * 4_000)] * 999],
}  # fmt: skip
JSON_PATCHES: Final = {
    **{f"a patch that is {name}": _patch(body) for name, body in _NO_PATCH.items()},
    **{
        f"{operation} at {pointer[:24]!r}": _patch([{"op": operation, "path": pointer, "value": "x"}])
        for pointer in _POINTERS
        for operation in ("add", "remove")
    },
    **{f"a copy from {pointer[:24]!r}": _patch([_copy(pointer, "/language")]) for pointer in _POINTERS},
    **{f"a patch of {name}": _patch(operations) for name, operations in _SPOILT.items()},
    "a patch of nothing": _patch([], answers=(200,)),
    "a patch of the version": _patch(
        [{"op": "replace", "path": "/meta/versionId", "value": "99"}], answers=(200,),
        section="FHIR R4, http.html#update: versionId and lastUpdated are the server's, and what is sent is ignored",
    ),
    "a patch of the version away": _patch([{"op": "remove", "path": "/meta/versionId"}], answers=(200,), section="FHIR R4, http.html#update"),
    "a patch of when": _patch([{"op": "replace", "path": "/meta/lastUpdated", "value": "1800-01-01T00:00:00Z"}], answers=(200,)),
    "a patch of an act": Case(
        method="PATCH", url=lambda g: g["Procedure", 0], body=b'[{"op":"replace","path":"/status","value":"not-done"}]', kind=JSON_PATCH,
        answers=(400,), codes=("not-supported",), section=_SECTION,
    ),
    "a patch of a proof": Case(
        method="PATCH", url=lambda g: g["Provenance", 0], body=b'[{"op":"remove","path":"/agent"}]', kind=JSON_PATCH,
        answers=(405,), codes=("not-supported",), section=_SECTION,
    ),
    "a patch in a Binary that is not base64": post(
        "", lambda g: bundle(entry("PATCH", g["Patient", 0], {"resourceType": "Binary", "contentType": JSON_PATCH, "data": "%%%"})),
        "structure", "value", answers=(400, 422), section=_SECTION,
    ),
    "a patch in a Binary of another type": post(
        "", lambda g: bundle(entry("PATCH", g["Patient", 0], {"resourceType": "Binary", "contentType": "text/html", "data": "W10="})),
        "structure", answers=(400,), section=_SECTION,
    ),
    "a patch that is the resource": post(
        "", lambda g: bundle(entry("PATCH", g["Patient", 0], g.told("Patient", 0))), "structure", answers=(400,), section=_SECTION
    ),
}  # fmt: skip


def _parts(**parts: Any) -> Json:
    """One operation: ``type`` and ``path`` are what they are called, the rest as FHIR names it."""
    told = [
        {
            "name": name,
            **(
                {"valueCode": value} if name == "type" else value if isinstance(value, dict) else {"valueString": value}
            ),
        }
        for name, value in parts.items()
    ]
    return {"name": "operation", "part": told}


def _fhirpath(*operations: Json, answers: tuple[int, ...] = (400, 413, 422)) -> Case:
    sent = {"resourceType": "Parameters"} | ({"parameter": list(operations)} if operations else {})
    return _patch(dump(sent), kind="application/fhir+json", answers=answers, section=_FHIRPATH)


_PATHS: Final = (
    "Patient", "Patient.descendants()", "Patient.descendants().descendants().descendants()", "Patient.repeat(children())",
    "Patient.name.where(true)", "Patient.name.where(family = 'x' or true)", "Patient.name.select(given)", "Patient.name | Patient.contact",
    "Patient.name.all(given.exists())", "Patient.name.trace('x')", "resolve()", "Patient.managingOrganization.resolve()", "%resource", "%context.name",
    "$this", "Patient.inconnu", "Patient..name", ".Patient", "Patient.", "Patient.name[99999999999]", "Patient.name[-1]", "Patient.name['family']",
    "Consent.status", "iif(true, Patient.name, Patient)", "Patient.__class__", f"Patient.where(id = '{CANARY}')", "Patient.name.where(" * 40 + ")" * 40,
    "Patient" + ".name" * 2_000, "Patient.name.where(" + " and ".join(["family = 'x'"] * 25) + ")", "Patient.name.where(family = '" + "\\'" * 200 + ")",
    "Patient.name.where(family matches '(a+)+$')", " " * 490 + "x", "Patient.name.where(given" + "[0]" * 150 + " = 'x')", "", "\u0000",
)  # fmt: skip
_TEXT: Final = {"valueString": "x"}
FHIRPATH_PATCHES: Final = {
    **{f"FHIRPath that replaces {path[:40]!r}": _fhirpath(_parts(type="replace", path=path, value=_TEXT)) for path in _PATHS},
    "FHIRPath that deletes the whole": _fhirpath(_parts(type="delete", path="Patient")),
    "FHIRPath that deletes what is not there": _fhirpath(
        _parts(type="delete", path="Patient.photo"), answers=(200,)
    ),
    "FHIRPath that deletes several": _fhirpath(_parts(type="delete", path="Patient.identifier")),
    "FHIRPath that replaces the id": _fhirpath(_parts(type="replace", path="Patient.id", value={"valueId": "autre"})),
    "FHIRPath that deletes the id": _fhirpath(_parts(type="delete", path="Patient.id")),
    "FHIRPath that replaces the version": _fhirpath(_parts(type="replace", path="Patient.meta.versionId", value={"valueId": "99"}), answers=(200,)),
    "FHIRPath that adds a type": _fhirpath(_parts(type="add", path="Patient", name="resourceType", value=_TEXT)),
    "FHIRPath that inserts below nought": _fhirpath(_parts(type="insert", path="Patient.name", index={"valueInteger": -1}, value=_TEXT)),
    "FHIRPath that inserts far away": _fhirpath(_parts(type="insert", path="Patient.name", index={"valueInteger": 2_147_483_647}, value=_TEXT)),
    "FHIRPath that inserts a number among names": _fhirpath(_parts(type="insert", path="Patient.name", index={"valueInteger": 0}, value={"valueInteger": 7})),
    "FHIRPath that inserts into what is one": _fhirpath(_parts(type="insert", path="Patient.birthDate", index={"valueInteger": 0}, value=_TEXT)),
    "FHIRPath that moves what is not there": _fhirpath(
        _parts(type="move", path="Patient.name", source={"valueInteger": 5}, destination={"valueInteger": 0})
    ),
    "FHIRPath without a type": _fhirpath(_parts(path="Patient.name", value=_TEXT)),
    "FHIRPath of an operation of nobody": _fhirpath(_parts(type="explode", path="Patient.name")),
    "FHIRPath of nothing": _fhirpath(),
    "FHIRPath of what is no operation": _fhirpath({"name": CANARY, "valueString": CANARY}),
    "FHIRPath of 1,001 operations": _fhirpath(*[_parts(type="delete", path="Patient.photo")] * 1_001),
    "FHIRPath of 1,000 operations": _fhirpath(
        *[_parts(type="delete", path="Patient.name.where(" + " and ".join(["family = 'x'"] * 25) + ")")] * 1_000, answers=(200,)
    ),
    "FHIRPath whose value is in parts of parts": _fhirpath(
        _parts(type="add", path="Patient", name="contact", value={"part": [{"name": "name", "part": [{"name": "__class__", "valueString": "x"}]}]})
    ),
    "FHIRPath with two values": _fhirpath(_parts(type="replace", path="Patient.birthDate", value={"valueDate": "1990-05-12", "valueString": "x"})),
    "FHIRPath to a list in a circle": _fhirpath(*[_parts(type="move", path="Patient.identifier", source={"valueInteger": 0}, destination={"valueInteger": 1})] * 999, answers=(200,)),
    "FHIRPath in XML that is none": _patch(b"<Parameters/>", kind="application/fhir+xml", section=_FHIRPATH),
    "FHIRPath that is another resource": _patch(b'{"resourceType":"Patient"}', kind="application/fhir+json", section=_FHIRPATH),
}  # fmt: skip
CASES: Final = JSON_PATCHES | FHIRPATH_PATCHES
