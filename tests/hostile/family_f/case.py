"""One hostile request as data, and the ground that it is aimed at."""

import gzip
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from mappings.fhir.json import dump
from mappings.fhir.patient import patient_to_fhir
from mappings.records.people import patient_from_record
from tests.hostile.packed import packed
from tests.house import House, Json, act_bundle, team_records

JSON: Final = "application/fhir+json"
XML: Final = "application/fhir+xml"
JSON_PATCH: Final = "application/json-patch+json"
FORM: Final = "application/x-www-form-urlencoded"
#: In what a caller sends; never in what is refused, never in a log.
CANARY: Final = "CANARI-7F3A"
_NUMBERS: Final = itertools.count(1)


class Ground:
    """Two patients with an act each, on record under the same ids in every house."""

    def __init__(self, house: House) -> None:
        self.house = house
        for record in team_records("acts")[:2]:
            answer = house.post("acts", record)
            assert answer.status_code == 201, answer.text
        #: What the two are known by beside the INS, before any case has been played.
        self.numbers: list[list[Json]] = []
        plans = [house.found(f"CarePlan?identifier=INCL-000{n}")[0] for n in (1, 2)]
        patients = [plan["subject"]["reference"] for plan in plans]
        for one in patients:
            told = house.fhir("GET", f"/{one}").json["identifier"]
            self.numbers.append(
                [number for number in told if not number["system"].startswith("urn:oid:1.2.250.1.213.1.4.")]
            )
            assert self.numbers[-1]
        self._ids = {
            "Patient": patients,
            "CarePlan": [f"CarePlan/{plan['id']}" for plan in plans],
            "Consent": [plan["supportingInfo"][0]["reference"] for plan in plans],
        }
        for type_ in ("Procedure", "QuestionnaireResponse", "Observation", "ServiceRequest"):
            found = [house.found(f"{type_}?subject={one}")[0] for one in patients]
            self._ids[type_] = [f"{type_}/{one['id']}" for one in found]

    def __getitem__(self, named: tuple[str, int]) -> str:
        """``Type/id`` of what is the first patient's or the second's; of others, the first or the second on record."""
        type_, n = named
        if type_ not in self._ids:
            self._ids[type_] = [f"{type_}/{one['id']}" for one in self.house.found(f"{type_}?_count=2")]
        return self._ids[type_][n]

    def told(self, type_: str, n: int) -> Json:
        """The resource itself."""
        found: Json = self.house.fhir("GET", f"/{self[type_, n]}").json
        return found

    def next(self, url: str) -> str:
        """The cursor to the page after the first of ``url``."""
        links = self.house.fhir("GET", f"/{url}").json["link"]
        url = next(link["url"] for link in links if link["relation"] == "next")
        return dict(parse_qsl(urlsplit(url).query))["_page"]


Told = str | Callable[[Ground], str]
Body = bytes | str | Json | list[Any] | Callable[[Ground], Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """``answers`` are the statuses that FHIR allows here, ``section`` where it says so."""

    url: Told
    answers: tuple[int, ...]
    #: Issue codes of the refusal, each of them; empty where it is none.
    codes: tuple[str, ...] = ()
    section: str = ""
    method: str = "GET"
    body: Body = b""
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Past the parser of the HTTP server, as the WSGI environment would hold it.
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Allowed to change the store: it is carried out."""
        return self.method != "GET" and any(status < 300 for status in self.answers)


def bytes_of(case: Case, ground: Ground) -> bytes:
    body = case.body(ground) if callable(case.body) else case.body
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    return body if isinstance(body, bytes) else dump(body)


def url_of(case: Case, ground: Ground) -> str:
    return case.url(ground) if callable(case.url) else case.url


def kept(body: Body) -> Body:
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    if not isinstance(body, bytes):
        return body
    whole = packed(body)
    return lambda ground: whole()


def post(url: str, body: Body, *codes: str, answers: tuple[int, ...] = (422,), **parts: Any) -> Case:
    return Case(url=url, method="POST", body=kept(body), answers=answers, codes=codes, **parts)


def put(url: Told, body: Body, *codes: str, answers: tuple[int, ...] = (422,), **parts: Any) -> Case:
    return Case(url=url, method="PUT", body=kept(body), answers=answers, codes=codes, **parts)


def asked(url: Told, *codes: str, answers: tuple[int, ...] = (400,), **parts: Any) -> Case:
    return Case(url=url, answers=answers, codes=codes, **parts)


def bundle(*entries: Json, kind: str = "transaction") -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method: str, url: str, resource: Json | None = None, full_url: str = "", **request: str) -> Json:
    made: Json = {"request": {"method": method, "url": url} | request}
    if resource is not None:
        made["resource"] = resource
    return made | ({"fullUrl": full_url} if full_url else {})


def patient(number: str, **parts: Any) -> Json:
    """A fictitious one, under a number of this establishment."""
    read = patient_from_record(
        {
            "identity_status": "provisional",
            "local_identifier": {"system": "1.2.250.1.999.1.1.20260.2", "value": number},
            "birth_family": "TEST-HOSTILE",
            "birth_given": "LISE",
            "gender": "female",
            "birth_date": "1990-05-12",
        }
    )
    return {name: value for name, value in patient_to_fhir(read).items() if name != "id"} | parts


def spoilt_act(spoil: Callable[[dict[str, Json], Ground], object]) -> Callable[[Ground], Json]:
    """An act of the first patient, as a transaction, after ``spoil`` was at its resources, by type."""
    number = f"ACTE-HOSTILE-{next(_NUMBERS)}"

    def made(ground: Ground) -> Json:
        sent = act_bundle(number)
        spoil({one["resource"]["resourceType"]: one["resource"] for one in sent["entry"]}, ground)
        return sent

    return made


def zipped(body: bytes, level: int = 9) -> bytes:
    return gzip.compress(body, level, mtime=0)
