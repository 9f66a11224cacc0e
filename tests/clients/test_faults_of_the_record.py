"""F18 and F19, by name: what a faulty network or a faulty registry answers, and the one thing that follows.

After every case the record holds the document at most once, under the bytes that were sealed; after a doubt a look-up
tells where it is, and the same envelope sent again, where that is safe, makes no second one.
"""

from dataclasses import replace
from typing import NamedTuple

import pytest

from mappings.cda import report_to_cda
from service.clients.dmp.client import DmpClient
from service.clients.look_up import Presence
from service.clients.seal import SigningKey
from service.outbox.receipt import Outcome
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from tests.clients.record import DOCUMENT, reached, sealed
from tests.clients.sealed_things import UNIQUE_ID
from tests.mappings.reports import REPORT


class Case(NamedTuple):
    kind: str
    outcome: Outcome
    #: What a look-up then finds.
    then: Presence
    code: int = 0
    again: bool = True


F18 = {
    "SOAP fault, nothing stored": Case("fault", Outcome.IN_DOUBT, Presence.ABSENT),
    "SOAP fault, stored": Case("store-then-fault", Outcome.IN_DOUBT, Presence.THERE),
    "HTTP 500": Case("5xx", Outcome.IN_DOUBT, Presence.ABSENT, 500),
    "HTTP 502": Case("5xx", Outcome.IN_DOUBT, Presence.ABSENT, 502),
    "HTTP 503": Case("5xx", Outcome.IN_DOUBT, Presence.ABSENT, 503),
    "HTTP 504": Case("5xx", Outcome.IN_DOUBT, Presence.ABSENT, 504),
    "HTTP 401": Case("4xx", Outcome.REFUSED, Presence.ABSENT, 401),
    "HTTP 413": Case("4xx", Outcome.REFUSED, Presence.ABSENT, 413),
    "HTML page with 200": Case("html", Outcome.IN_DOUBT, Presence.ABSENT),
    "empty 200": Case("empty", Outcome.IN_DOUBT, Presence.ABSENT),
    "wrong content type": Case("wrong-type", Outcome.IN_DOUBT, Presence.THERE),
    "truncated MTOM": Case("truncated", Outcome.IN_DOUBT, Presence.THERE),
    "gzip bomb": Case("gzip", Outcome.IN_DOUBT, Presence.THERE),
    "another message's answer": Case("other-answer", Outcome.IN_DOUBT, Presence.THERE),
}
F19 = {
    "accepted, answer lost": Case("cut", Outcome.IN_DOUBT, Presence.THERE),
    "cut before anything is done": Case("cut-before", Outcome.IN_DOUBT, Presence.ABSENT),
    "PartialSuccess": Case("partial", Outcome.IN_DOUBT, Presence.THERE),
    "XDSRegistryBusy": Case("registry-busy", Outcome.UNREACHABLE, Presence.ABSENT),
    "XDSRepositoryBusy": Case("busy", Outcome.UNREACHABLE, Presence.ABSENT),
    "XDSUnknownPatientId": Case("unknown-patient", Outcome.REFUSED, Presence.ABSENT),
}


@pytest.mark.parametrize("mode", ["INDIRECTE", "INDIRECTE_RENFORCEE"])
@pytest.mark.parametrize("name", [*F18, *F19])
def test_each_has_its_class_and_one_effect(listening: Sandbox, signing_key: SigningKey, name: str, mode: str) -> None:
    case = (F18 | F19)[name]
    client = DmpClient(reached(listening, signing_key, mode=mode))
    listening.state.faults.order(Fault(destination="xds", kind=case.kind, at="ITI-41", times=1, code=case.code))
    receipt = client.send(sealed(), DOCUMENT)
    assert receipt.outcome is case.outcome
    assert receipt.told
    found = client.look_up(sealed(), DOCUMENT)
    assert found is not None
    assert found.presence is case.then
    if case.then is Presence.ABSENT and case.outcome is not Outcome.REFUSED:
        assert client.send(sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    if case.then is Presence.THERE:
        # Whoever sends all the same does no harm.
        assert client.send(sealed(), DOCUMENT).outcome is Outcome.IN_DOUBT
    stored = listening.state.registry.by_unique_id(UNIQUE_ID)
    assert [entry.content for entry in stored] == ([] if case.outcome is Outcome.REFUSED else [DOCUMENT.cda])


def test_a_registry_that_accepts_twice_is_seen_by_a_look_up_as_ours(
    listening: Sandbox, signing_key: SigningKey
) -> None:
    """INV-6: the second is the registry's fault, made of our bytes; nothing is sent for it."""
    client = DmpClient(reached(listening, signing_key))
    assert client.send(sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    listening.state.faults.order(Fault(destination="xds", kind="accept-twice", at="ITI-41", times=1))
    assert client.send(sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    assert len(listening.state.registry.by_unique_id(UNIQUE_ID)) == 2
    found = client.look_up(sealed(), DOCUMENT)
    assert found is not None
    assert found.presence is Presence.THERE


@pytest.mark.parametrize("name", F18)
def test_a_look_up_that_meets_the_same_leaves_the_doubt(listening: Sandbox, signing_key: SigningKey, name: str) -> None:
    case = F18[name]
    if case.kind == "store-then-fault":
        case = Case("fault", case.outcome, case.then)
    client = DmpClient(reached(listening, signing_key))
    assert client.send(sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    fault = Fault(destination="xds", kind=case.kind, at="ITI-18", times=1, code=case.code)
    listening.state.faults.order(fault)
    found = client.look_up(sealed(), DOCUMENT)
    assert found is not None
    assert (fault.struck, found.presence, found.receipt.outcome) == (1, Presence.NO_ANSWER, Outcome.IN_DOUBT)


def test_what_the_whole_way_says_of_other_bytes_and_of_another_patient(
    listening: Sandbox, signing_key: SigningKey
) -> None:
    """XDSNonIdenticalHash and XDSPatientIdDoesNotMatch, from a registry that judges: an alarm each, nothing stored."""
    client = DmpClient(reached(listening, signing_key, signed_sets=False))
    other = replace(DOCUMENT, cda=report_to_cda(REPORT, b"%PDF-1.4 autre"))
    stranger = replace(sealed(), recipient="158066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH")
    refused = client.send(stranger, DOCUMENT)
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "XDSPatientIdDoesNotMatch")
    assert client.send(sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    alarm = client.send(sealed(of=other), other)
    assert (alarm.outcome, alarm.code) == (Outcome.REFUSED, "XDSNonIdenticalHash")
    assert [entry.content for entry in listening.state.registry.by_unique_id(UNIQUE_ID)] == [DOCUMENT.cda]
