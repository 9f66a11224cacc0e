"""Every kind of fault, ordered over HTTP and observed from outside."""

import smtplib
import time
from email import message_from_bytes, policy
from typing import Any

import pytest
import requests

from service.sandbox.faults import KINDS
from service.sandbox.server import Sandbox
from tests.sandbox.caller import (
    SUBMISSION_ID,
    UNIQUE_ID,
    Report,
    Seal,
    answered,
    assertion,
    provide,
    query,
    retrieve,
    verdict,
)
from tests.sandbox.test_mail import MESSAGE, RECIPIENT, SENDER, received, send
from tests.sandbox.test_xds import GET_DOCUMENTS, documents
from tests.waiting import PATIENCE


def order(sandbox: Sandbox, destination: str, kind: str, **more: Any) -> requests.Response:
    body = {"destination": destination, "kind": kind, **more}
    response = requests.post(f"{sandbox.http_url}/faults", json=body, timeout=PATIENCE)
    return response


def stored(sandbox: Sandbox) -> int:
    return sum(document["stored"] for document in documents(sandbox))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("busy", "XDSRepositoryBusy"),
        ("registry-busy", "XDSRegistryBusy"),
        ("unknown-patient", "XDSUnknownPatientId"),
    ],
)
def test_a_refusal_stores_nothing_and_passes(sandbox: Sandbox, structure: Seal, kind: str, code: str) -> None:
    order(sandbox, "xds", kind, times=2)
    for _ in range(2):
        assert verdict(provide(sandbox, Report(), assertion(structure))) == [code]
    assert stored(sandbox) == 0
    assert verdict(provide(sandbox, Report(), assertion(structure))) == []
    assert stored(sandbox) == 1


@pytest.mark.parametrize(("kind", "kept"), [("fault", 0), ("store-then-fault", 1)])
def test_a_soap_fault_of_the_receiver(sandbox: Sandbox, structure: Seal, kind: str, kept: int) -> None:
    order(sandbox, "xds", kind)
    response = provide(sandbox, Report(), assertion(structure))
    assert response.status_code == 500
    assert answered(response).findtext(".//{*}Code/{*}Value") == "env:Receiver"
    assert stored(sandbox) == kept


@pytest.mark.parametrize(("kind", "kept"), [("cut-before", 0), ("cut", 1)])
def test_a_connection_cut_without_an_answer(sandbox: Sandbox, structure: Seal, kind: str, kept: int) -> None:
    order(sandbox, "xds", kind)
    with pytest.raises(requests.ConnectionError):
        provide(sandbox, Report(), assertion(structure))
    assert stored(sandbox) == kept


def test_a_duplicate_that_the_registry_does_not_notice(sandbox: Sandbox, structure: Seal) -> None:
    provide(sandbox, Report(), assertion(structure))
    order(sandbox, "xds", "accept-twice")
    again = Report().named(UNIQUE_ID, SUBMISSION_ID + ".1")
    assert verdict(provide(sandbox, again, assertion(structure))) == []
    [document] = documents(sandbox)
    assert (document["stored"], len(set(document["entryUUID"]))) == (2, 2)


def test_a_partial_success(sandbox: Sandbox, structure: Seal) -> None:
    order(sandbox, "xds", "partial")
    response = provide(sandbox, Report(), assertion(structure))
    element = answered(response).find(".//{*}RegistryResponse")
    assert element is not None
    assert element.get("status") == "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"
    assert stored(sandbox) == 1


@pytest.mark.parametrize(
    ("kind", "status", "media_type"),
    [
        ("4xx", 401, "text/plain"),
        ("5xx", 503, "text/plain"),
        ("html", 200, "text/html"),
        ("empty", 200, "application/"),
    ],
)
def test_something_else_answers(sandbox: Sandbox, structure: Seal, kind: str, status: int, media_type: str) -> None:
    order(sandbox, "xds", kind)
    response = provide(sandbox, Report(), assertion(structure))
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith(media_type)
    assert stored(sandbox) == 0


def test_the_status_can_be_chosen(sandbox: Sandbox, structure: Seal) -> None:
    order(sandbox, "xds", "5xx", code=504)
    assert provide(sandbox, Report(), assertion(structure)).status_code == 504


def test_an_answer_cut_in_the_middle(sandbox: Sandbox, structure: Seal) -> None:
    order(sandbox, "xds", "truncated")
    response = provide(sandbox, Report(), assertion(structure))
    assert b"RegistryResponse" not in response.content or not response.content.rstrip().endswith(b"--")
    assert stored(sandbox) == 1


def test_the_answer_to_another_message(sandbox: Sandbox, structure: Seal) -> None:
    order(sandbox, "xds", "other-answer")
    response = provide(sandbox, Report(), assertion(structure))
    assert answered(response).findtext(".//{*}RelatesTo") == "urn:uuid:00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(("kind", "seconds", "least"), [("slow", 0.3, 0.3), ("drip", 0.001, 0.3)])
def test_an_answer_that_takes_its_time(
    sandbox: Sandbox, structure: Seal, kind: str, seconds: float, least: float
) -> None:
    order(sandbox, "xds", kind, seconds=seconds)
    start = time.monotonic()
    assert verdict(provide(sandbox, Report(), assertion(structure))) == []
    assert time.monotonic() - start >= least


def test_a_look_up_and_a_retrieval_can_fail_too(sandbox: Sandbox, structure: Seal) -> None:
    order(sandbox, "xds", "cut", at="ITI-18")
    order(sandbox, "xds", "busy", at="ITI-43")
    assert verdict(provide(sandbox, Report(), assertion(structure))) == []
    with pytest.raises(requests.ConnectionError):
        query(sandbox, assertion(structure), GET_DOCUMENTS, {"$XDSDocumentEntryUniqueId": f"('{UNIQUE_ID}')"})
    assert verdict(retrieve(sandbox, assertion(structure), "1.2", UNIQUE_ID)) == ["XDSRepositoryBusy"]


def test_a_fault_meant_for_one_document_spares_the_others(sandbox: Sandbox, structure: Seal) -> None:
    order(sandbox, "xds", "busy", match="1.2.250.9")
    assert verdict(provide(sandbox, Report(), assertion(structure))) == []
    aimed = Report().named("1.2.250.9", SUBMISSION_ID + ".9")
    assert verdict(provide(sandbox, aimed, assertion(structure))) == ["XDSRepositoryBusy"]


@pytest.mark.parametrize("at", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(("kind", "code"), [("4xx", 451), ("5xx", 554), ("4xx", 421), ("5xx", 552)])
def test_a_mail_refused_at_each_stage(sandbox: Sandbox, at: str, kind: str, code: int) -> None:
    order(sandbox, "mail", kind, at=at, code=code)
    with pytest.raises(smtplib.SMTPException) as refusal:
        send(sandbox)
    assert str(code) in str(refusal.value)
    assert received(sandbox) == []


def test_one_recipient_of_two_refused(sandbox: Sandbox) -> None:
    other = "autre.fictif@patient.formation.mssante.fr"
    order(sandbox, "mail", "5xx", match=other)
    with smtplib.SMTP(*sandbox.smtp_address, local_hostname="tests.mssante.fr") as caller:
        refused = caller.sendmail(SENDER, [other, RECIPIENT], MESSAGE)
    assert [code for code, _ in refused.values()] == [554]
    assert (len(received(sandbox)), received(sandbox, other)) == (1, [])


@pytest.mark.parametrize(("kind", "kept"), [("cut-before", 0), ("cut", 1)])
def test_a_mail_connection_cut_after_the_final_dot(sandbox: Sandbox, kind: str, kept: int) -> None:
    order(sandbox, "mail", kind)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(sandbox)
    assert len(received(sandbox)) == kept


@pytest.mark.parametrize("at", ["mail", "rcpt"])
def test_a_mail_connection_cut_earlier(sandbox: Sandbox, at: str) -> None:
    order(sandbox, "mail", "cut-before", at=at)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(sandbox)


def test_a_mail_accepted_and_lost(sandbox: Sandbox) -> None:
    order(sandbox, "mail", "lose")
    assert send(sandbox).startswith("2.0.0 Ok: queued as ")
    assert received(sandbox) == []


def test_a_slow_operator(sandbox: Sandbox) -> None:
    order(sandbox, "mail", "slow", seconds=0.3)
    start = time.monotonic()
    send(sandbox)
    assert time.monotonic() - start >= 0.3


def test_a_bounce_reaches_the_sender_and_names_the_envelope(sandbox: Sandbox) -> None:
    order(sandbox, "mail", "bounce")
    send(sandbox, options=["ENVID=envelope-1", "RET=HDRS"])
    assert received(sandbox) == []
    [letter] = received(sandbox, SENDER)
    assert letter["from"] == ""
    raw = requests.get(f"{sandbox.http_url}/mailboxes/{SENDER}/{letter['id']}.eml", timeout=PATIENCE).content
    notice = message_from_bytes(raw, policy=policy.default)
    assert notice.get_content_type() == "multipart/report"
    assert notice.get_param("report-type") == "delivery-status"
    text, status, original = notice.iter_parts()
    assert "Message non distribué" in text.get_content()
    about_message, about_recipient = status.get_payload()
    assert about_message["Original-Envelope-Id"] == "envelope-1"
    assert (about_recipient["Action"], about_recipient["Status"]) == ("failed", "5.1.1")
    assert about_recipient["Final-Recipient"] == f"rfc822; {RECIPIENT}"
    assert original.get_content_type() == "text/rfc822-headers"
    assert "<1@tests.mssante.fr>" in str(original.get_payload())
    assert "corps" not in raw.decode()


@pytest.mark.parametrize(
    ("kind", "status"), [("4xx", 429), ("5xx", 503), ("html", 200), ("empty", 200), ("truncated", 200), ("slow", 200)]
)
def test_a_directory_in_trouble(sandbox: Sandbox, kind: str, status: int) -> None:
    order(sandbox, "directory", kind, seconds=0.2)
    url, headers = f"{sandbox.directory_url}/Practitioner", {"ESANTE-API-KEY": "k"}
    troubled = requests.get(url, headers=headers, timeout=PATIENCE)
    healthy = requests.get(url, headers=headers, timeout=PATIENCE)
    assert troubled.status_code == status
    assert healthy.json()["total"] == 0
    assert (troubled.content == healthy.content) == (kind == "slow")


def test_a_directory_that_hangs_up(sandbox: Sandbox) -> None:
    order(sandbox, "directory", "cut")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{sandbox.directory_url}/Practitioner", headers={"ESANTE-API-KEY": "k"}, timeout=PATIENCE)


def test_orders_can_be_read_and_cleared(sandbox: Sandbox, structure: Seal) -> None:
    assert order(sandbox, "xds", "busy", times=3).status_code == 201
    provide(sandbox, Report(), assertion(structure))
    url = f"{sandbox.http_url}/faults"
    [order_] = requests.get(url, timeout=PATIENCE).json()
    assert (order_["times"], order_["struck"], order_["at"]) == (2, 1, "ITI-41")
    assert requests.delete(url, timeout=PATIENCE).status_code == 204
    assert requests.get(url, timeout=PATIENCE).json() == []
    assert verdict(provide(sandbox, Report(), assertion(structure))) == []


@pytest.mark.parametrize(
    ("body", "element"),
    [
        ({"destination": "fax", "kind": "busy"}, "kind"),
        ({"destination": "mail", "kind": "busy"}, "kind"),
        ({"destination": "xds", "kind": "busy", "at": "data"}, "at"),
        ({"destination": "xds", "kind": "busy", "times": 0}, "times"),
        ({"destination": "xds", "kind": "busy", "times": True}, "times"),
        ({"destination": "xds", "kind": "slow", "seconds": 3600}, "seconds"),
        ({"destination": "mail", "kind": "4xx", "code": 550}, "code"),
        ({"destination": "xds", "kind": "busy", "match": 1}, "match"),
        ({"destination": "xds", "kind": "busy", "tiems": 1}, "tiems"),
        ([], ""),
    ],
)
def test_an_order_that_means_nothing_is_refused(sandbox: Sandbox, body: Any, element: str) -> None:
    response = requests.post(f"{sandbox.http_url}/faults", json=body, timeout=PATIENCE)
    assert response.status_code == 400
    assert [issue["expression"] for issue in response.json()["issues"]] == [element]
    assert requests.get(f"{sandbox.http_url}/faults", timeout=PATIENCE).json() == []


def test_every_kind_can_be_ordered_everywhere_it_says(sandbox: Sandbox) -> None:
    for destination, kinds in KINDS.items():
        for kind, places in kinds.items():
            for at in places:
                assert order(sandbox, destination, kind, at=at).status_code == 201, (destination, kind, at)
