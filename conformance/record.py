"""A record that others wrote: HAPI FHIR JPA takes our transaction of ITI-65, finds the document and gives its bytes back.

HAPI knows neither MHD nor PDSm: what it proves is that the transaction is FHIR R4 to somebody else's server, references
resolved, and that our look-up reads somebody else's answers. The judge of PDSm itself is the sandbox.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import requests

from bench.face.installing import PEERS, Absent
from bench.face.peers import ALL
from bench.trees import started
from conformance.verdict import Verdict, passed_when
from mappings.cda import report_to_cda
from mappings.domain.report import ActReport
from mappings.fhir.json import dump
from mappings.fhir.patient import patient_to_fhir
from mappings.pdsm.found import found_submissions
from service.clients import package
from service.clients.consulting import Asking, Listing, Retrieved
from service.clients.exchange import Answer
from service.clients.look_up import LookUp, Presence
from service.clients.pdsm.client import PdsmClient
from service.clients.pdsm.reader import PdsmReader
from service.clients.pdsm.send import PdsmRecord, find_submissions
from service.outbox.envelope import Destination, Document, Envelope
from service.outbox.receipt import Outcome
from service.processes import free_ports
from tests.clients.sealed_things import document, envelope
from tests.mappings.reports import DELEGATEE, ORGANIZATION, PATIENT, REPORT, SUBMISSION, second_version

_INS: Final = "258066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH"
_ASKING: Final = Asking(practitioner=DELEGATEE, organization=ORGANIZATION, patient=_INS)
_PDF: Final = b"%PDF-1.4\n%fictif\n"
_JSON: Final = {"Content-Type": "application/fhir+json"}


def hapi_record() -> Verdict:
    with TemporaryDirectory(prefix="binome-record-") as room:
        try:
            with _hapi(Path(room)) as base:
                steps = list(_played(base))
        except Absent as absent:
            return Verdict("skipped", str(absent))
    wrong = [told for held, told in steps if not held]
    return passed_when(not wrong, f"{len(steps) - len(wrong)} of {len(steps)} steps held", wrong)


@contextmanager
def _hapi(room: Path) -> Iterator[str]:
    peer = ALL["hapi"]
    (port,) = free_ports(1)
    command = peer.command(peer.install(PEERS / peer.room).absolute(), port, room)
    ready = f"http://127.0.0.1:{port}{peer.ready}"
    with started(command, peer.environment(port, room), ready, peer.patience):
        yield f"http://127.0.0.1:{port}{peer.base}"


def _played(base: str) -> Iterator[tuple[bool, str]]:
    """(held, what was asked), in order."""
    record = PdsmRecord(base=base, seconds=60)
    client, reader = PdsmClient(record), PdsmReader(record)
    first, letter = _sealed(REPORT)
    known = requests.post(f"{base}/Patient", data=dump(patient_to_fhir(PATIENT)), headers=_JSON, timeout=60)
    yield known.status_code == 201, f"the patient is known to the record: {known.status_code}"
    yield _presence(client.look_up(letter, first)) is Presence.ABSENT, "looked up before: absent"
    fed = client.send(letter, first)
    yield fed.outcome is Outcome.ACCEPTED, f"ITI-65: {fed.code}"
    yield fed.receiver_id.startswith("DocumentReference/"), "the record says what it calls the document"
    there = client.look_up(letter, first)
    yield _presence(there) is Presence.THERE, "looked up after: there, with our bytes"
    yield there is not None and there.receipt.receiver_id == fed.receiver_id, "and under the same name"
    other = replace(first, cda=(first.cda or b"") + b" ")
    yield _presence(client.look_up(letter, other)) is Presence.OTHER_BYTES, "other bytes of ours are told apart"
    listing = reader.find(_ASKING)
    found = listing.documents if isinstance(listing, Listing) else ()
    yield [one.unique_id for one in found] == [REPORT.unique_id], f"ITI-67 finds the document: {listing}"
    if found:
        got = reader.retrieve(_ASKING, found[0])
        held = isinstance(got, Retrieved) and got.content == first.cda and got.mime_type == "text/xml"
        yield held, f"ITI-68 gives its bytes back: {got if not isinstance(got, Retrieved) else got.mime_type}"
    sets = find_submissions(record, _INS)
    submissions = found_submissions(sets.body) if isinstance(sets, Answer) else None
    yield [one.unique_id for one in submissions or ()] == [SUBMISSION.unique_id], "ITI-66 finds the submission"
    by_address = PdsmReader(replace(record, search="get")).find(_ASKING)
    yield by_address == listing, "a search in the address gives the same"
    yield from _replaced(client, fed.receiver_id)


def _replaced(client: PdsmClient, name: str) -> Iterator[tuple[bool, str]]:
    second, letter = _sealed(second_version(), replaced=name)
    fed = client.send(letter, second)
    yield fed.outcome is Outcome.ACCEPTED, f"a new version that names the first: {fed.code}"
    yield _presence(client.look_up(letter, second)) is Presence.THERE, "looked up after: there"


def _sealed(report: ActReport, *, replaced: str = "") -> tuple[Document, Envelope]:
    whole = replace(document(report_to_cda(report, _PDF)), pdf=_PDF, unique_id=report.unique_id)
    addressed = envelope(Destination.PDSM, b"", _INS)
    payload = package(report, SUBMISSION, whole, addressed, nil="", replaced_uuid=replaced)
    return whole, envelope(Destination.PDSM, payload, _INS)


def _presence(found: LookUp | None) -> Presence | None:
    return found.presence if found else None
