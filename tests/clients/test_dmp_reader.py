"""The record consulted over XDS.b as every road is: found, opened, refused to a structure that comes alone."""

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest

from mappings.domain.people import Ins
from service.clients.consulting import Asking, Listing, Retrieved, Unread
from service.clients.dmp.client import DmpClient
from service.clients.dmp.reader import DmpReader
from service.clients.seal import SigningKey, development_key
from service.consultation.examining import examined
from service.outbox.receipt import Outcome
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from tests.clients.record import DOCUMENT, PATIENT, reached, sealed
from tests.clients.sealed_things import NOW, UNIQUE_ID
from tests.mappings.reports import DELEGATEE, ORGANIZATION, REPORT

ASKING = Asking(practitioner=DELEGATEE, organization=ORGANIZATION, patient=PATIENT)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return development_key(tmp_path_factory.mktemp("keys"), NOW)


@pytest.fixture
def sandbox(key: SigningKey) -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: NOW, trusted=[key.certificate]) as started:
        yield started


def test_a_document_is_found_and_opened(sandbox: Sandbox, key: SigningKey) -> None:
    record = reached(sandbox, key)
    reader = DmpReader(record)
    since = NOW - dt.timedelta(days=730)
    assert reader.find(ASKING) == Listing((), whole=True, since=since)
    assert reader.find(ASKING, older=True) == Listing((), whole=True)
    assert DmpClient(record).send(sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    listing = reader.find(ASKING)
    assert isinstance(listing, Listing)
    (one,) = listing.documents
    assert (one.unique_id, one.title, one.status, one.labels) == (UNIQUE_ID, REPORT.title, "current", {"N"})
    assert one.authors == ("Lucie MARTEL-FICTIF, MSP DES TILLEULS (FICTIVE)",)
    assert one.created_at == REPORT.created_at
    got = reader.retrieve(ASKING, one)
    assert isinstance(got, Retrieved)
    assert got.content == DOCUMENT.cda
    seen = examined(one, got, Ins(value="258066799900794", oid="1.2.250.1.213.1.4.10"))
    assert (seen.set_aside, seen.title) == ("", REPORT.title)
    stray = dataclasses.replace(one, entry="urn:uuid:00000000-0000-4000-8000-000000000000")
    assert reader.retrieve(ASKING, stray) == Unread("other-document")
    sandbox.state.faults.order(Fault(destination="xds", kind="busy", at="ITI-18", times=1))
    assert isinstance(reader.find(ASKING), Unread)


def test_a_structure_alone_reads_nothing(sandbox: Sandbox, key: SigningKey) -> None:
    person = reached(sandbox, key)
    DmpClient(person).send(sealed(), DOCUMENT)
    listing = DmpReader(person).find(ASKING)
    assert isinstance(listing, Listing)
    alone = DmpReader(dataclasses.replace(person, mode="INDIRECTE"))
    assert isinstance(alone.retrieve(ASKING, listing.documents[0]), Unread)
