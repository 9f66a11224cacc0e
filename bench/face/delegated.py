"""Delegated acts whose Procedure is created alone: the exam of each is on record before, and names it (decision 60)."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

import requests

from bench.acts import FHIR, NUMBER, SYSTEM, Resource, Templates, stored, templates, timed, unplaced, visits
from mappings.fhir.act import FINDINGS

#: Acts whose exams are sent in one transaction.
_TOGETHER: Final = 50
_REMARK: Final = "Remarque d’un acte fictif, écrite pour la mesure et pour rien d’autre. "


def creates(url: str, base: str, count: int) -> Templates:
    """``POST base/Procedure`` of some 2.5 kB each; the exams of acts 0 to ``count`` are put on record first.

    ``url``: of the service, its team loaded; ``base``: path of its FHIR face.
    """
    acts, exams = [], []
    for n, visit in enumerate(visits()):
        resources, _ = stored(url, {**visit, "identifier": f"ESSAI-SEUL-{n}"})
        act, *parts = resources
        acts.append(_written(_remarked(act), act))
        exams.append([_written(_awaiting(part, act), act) for part in parts if part["resourceType"] in FINDINGS])
    bodies = timed(["\n".join(one) for one in exams])
    for first in range(0, count, _TOGETHER):
        _put_on_record(
            url + base, [bodies[n % len(bodies)].replace(NUMBER, f"{n:09d}") for n in range(first, first + _TOGETHER)]
        )
    return templates(f"{base}/Procedure", FHIR, timed(acts))


def _remarked(act: Resource) -> Resource:
    return {**act, "note": [*act["note"], {"text": (_REMARK * 9).strip()}]}


def _awaiting(part: Resource, act: Resource) -> Resource:
    """The exam or a measure of it before its act: of the same inclusion, the act named by what it will bear."""
    return {**part, "basedOn": act["basedOn"], "partOf": [{"identifier": {"system": SYSTEM, "value": NUMBER}}]}


def _written(resource: Resource, act: Resource) -> str:
    """As its client writes it, the act under its number."""
    (identifier,) = act["identifier"]
    text = json.dumps(unplaced(resource), ensure_ascii=False, separators=(",", ":"))
    return text.replace(f'"{identifier["value"]}"', f'"{NUMBER}"')


def _put_on_record(base: str, exams: Sequence[str]) -> None:
    entries = [{"resource": one, "request": {"method": "POST", "url": one["resourceType"]}} for one in _parts(exams)]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = requests.post(base, json=bundle, headers={"Content-Type": FHIR}, timeout=60)
    answer.raise_for_status()


def _parts(exams: Sequence[str]) -> Iterator[Resource]:
    for one in exams:
        yield from map(json.loads, one.split("\n"))
