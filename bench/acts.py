"""The acts that are sent: what the flat door made of a few, turned into requests that differ in number, patient and time."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import requests

from mappings.codes.systems import IDENTIFIER
from service.demonstration import records

Resource = dict[str, Any]

SYSTEM: Final = f"{IDENTIFIER}act"
FHIR: Final = "application/fhir+json"
NUMBER: Final = "NUMERO-00"
_START: Final = "2026-11-20T10:05:00+01:00"
_END: Final = "2026-11-20T10:25:00+01:00"
#: (hour, minute) at which the acts of the run begin.
_TIMES: Final = tuple((hour, minute) for hour in range(8, 16) for minute in (0, 10, 20))


@dataclass(frozen=True, slots=True)
class Templates:
    """Requests that lack only the act's number, as head and body in pieces around it."""

    requests: tuple[tuple[bytes, ...], ...]

    def request(self, number: int) -> bytes:
        return f"{number:09d}".encode().join(self.requests[number % len(self.requests)])


@dataclass(frozen=True, slots=True)
class Sample:
    """The requests of each door and of the floors, for one loaded service."""

    fhir: Templates
    records: Templates
    #: What the floors get: the client's entries and one more for each resource that the service adds.
    floors: Templates
    #: Resources that the service stores for one act.
    resources: int
    #: A transaction whose Procedure no server may take.
    broken: bytes


def load(base: str) -> None:
    """The demonstration team, mailboxes included, so that no directory is asked."""
    with requests.Session() as session:
        for door in ("enrolments", "consents", "inclusions"):
            for record in records(door):
                answer = session.post(f"{base}/records/{door}", json=record, timeout=30)
                answer.raise_for_status()


def sample(base: str) -> Sample:
    """One act for each inclusion in force goes through the flat door, and shows what the service makes of it."""
    acts = list(visits())
    seen = [stored(base, {**act, "identifier": f"ESSAI-{n}"}) for n, act in enumerate(acts)]
    own = [_numbered(resources, f"ESSAI-{n}") for n, (resources, _) in enumerate(seen)]
    whole = [_numbered(resources + added, f"ESSAI-{n}") for n, (resources, added) in enumerate(seen)]
    flat = [json.dumps({**act, "identifier": NUMBER}, ensure_ascii=False) for act in acts]
    broken = json.loads(own[0])
    broken["entry"][0]["resource"]["statut"] = "completed"
    return Sample(
        fhir=templates("/fhir/", FHIR, timed(own)),
        records=templates("/records/acts", "application/json", timed(flat)),
        floors=templates("/fhir/", FHIR, timed(whole)),
        resources=sum(map(len, seen[0])),
        broken=json.dumps(broken).replace(NUMBER, "ROMPU-001").encode(),
    )


def visits() -> Iterable[Resource]:
    """One act for each inclusion in force, without its number."""
    act = records("acts")[0]
    for inclusion in records("inclusions"):
        if inclusion["status"] == "active":
            people = {key: inclusion[key] for key in ("delegatee_rpps", "delegator_rpps", "structure_finess")}
            yield {**act, **people, "inclusion": inclusion["identifier"], "performed": {"start": _START, "end": _END}}


def stored(base: str, act: Resource) -> tuple[list[Resource], list[Resource]]:
    """The resources of the act, and those that the service added."""
    answer = requests.post(f"{base}/records/acts", json=act, timeout=30)
    answer.raise_for_status()
    made = answer.json()

    def read(reference: str) -> Resource:
        read: Resource = requests.get(f"{base}/fhir/{reference.partition('/_history')[0]}", timeout=30).json()
        return read

    events = requests.get(f"{base}/fhir/AuditEvent", params={"entity": made["act"]}, timeout=30).json()
    added = [read(reference) for reference in (*made["tasks"], made["provenance"])]
    return [read(reference) for reference in made["resources"]], added + [e["resource"] for e in events["entry"]]


def _numbered(resources: Sequence[Resource], identifier: str) -> str:
    """A transaction that creates ``resources``, as a client would have written it."""
    text = json.dumps([unplaced(resource) for resource in resources], ensure_ascii=False, separators=(",", ":"))
    for resource in resources:
        name = f"{resource['resourceType']}/{resource['id']}"
        text = text.replace(f'"{name}"', f'"urn:uuid:{resource["id"]}"')
        text = text.replace(f'"{name}/_history/1"', f'"urn:uuid:{resource["id"]}"')
    entries = [
        {
            "fullUrl": f"urn:uuid:{resource['id']}",
            "resource": written,
            "request": {"method": "POST", "url": resource["resourceType"]},
        }
        for resource, written in zip(resources, json.loads(text), strict=True)
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    return json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).replace(identifier, NUMBER)


def unplaced(resource: Resource) -> Resource:
    """Without what the server sets."""
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    kept = {k: v for k, v in resource.items() if k not in ("id", "meta")}
    return {"resourceType": kept.pop("resourceType"), **({"meta": meta} if meta else {}), **kept}


def timed(bodies: Sequence[str]) -> list[str]:
    """Each of the bodies at each time of the day."""
    return [
        body.replace(_START, f"2026-11-20T{hour:02d}:{minute:02d}:00+01:00").replace(
            _END, f"2026-11-20T{hour:02d}:{minute + 20:02d}:00+01:00"
        )
        for hour, minute in _TIMES
        for body in bodies
    ]


def templates(path: str, media_type: str, bodies: Sequence[str]) -> Templates:
    """``POST path`` of each of the bodies in turn."""
    made = []
    for body in bodies:
        content = body.encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {media_type}\r\n"
            f"Accept: {media_type}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        made.append(tuple((head.encode() + content).split(NUMBER.encode())))
    return Templates(tuple(made))
