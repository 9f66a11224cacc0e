"""The sandbox's FHIR record judges: each element that PDSm requires is missed, each that lies is noticed."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from mappings.cda import report_to_cda
from mappings.pdsm import provide_bundle, simplified_publish
from service.sandbox.server import Sandbox
from tests.mappings.reports import REPORT, SUBMISSION
from tests.waiting import PATIENCE

CDA = report_to_cda(REPORT, b"%PDF-1.4 fictif")
PROVIDED: dict[str, Any] = json.loads(provide_bundle(REPORT, SUBMISSION, CDA))
PUBLISHED: dict[str, Any] = json.loads(simplified_publish(REPORT, SUBMISSION, CDA))
PATIENT = "urn:oid:1.2.250.1.213.1.4.10|258066799900794"

Spoil = Callable[[Any], object]


@pytest.fixture(scope="module")
def started() -> Iterator[Sandbox]:
    with Sandbox(validate=False) as one:
        yield one


@pytest.fixture
def record(started: Sandbox) -> Sandbox:
    started.state.fhir_record.forget()
    return started


def posted(record: Sandbox, body: Any, path: str = "") -> tuple[int, list[str]]:
    """The status, and code and element of each issue."""
    headers = {"Content-Type": "application/fhir+json"}
    answer = requests.post(f"{record.pdsm_url}{path}", data=json.dumps(body), headers=headers, timeout=PATIENCE)
    return answer.status_code, [f"{i['code']} {i['expression'][0]}" for i in answer.json().get("issue", ())]


def of(bundle: Any, type_: str) -> Any:
    return next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == type_)


def test_a_submission_as_it_should_be_is_stored_once(record: Sandbox) -> None:
    assert posted(record, PROVIDED) == (200, [])
    assert posted(record, PROVIDED) == (409, ["duplicate DocumentReference.masterIdentifier"])
    (told,) = requests.get(f"{record.http_url}/pdsm/documents", timeout=PATIENCE).json()
    assert (told["uniqueId"], told["stored"], told["received"]) == (REPORT.unique_id, 1, 2)
    assert posted(record, PUBLISHED, "/DocumentReference")[0] == 409


@pytest.mark.parametrize("element", ["contained", "masterIdentifier", "type", "category", "date", "author",
                                     "authenticator", "custodian", "securityLabel"])  # fmt: skip
def test_each_element_of_the_document_is_asked_for(record: Sandbox, element: str) -> None:
    for body, path in ((PROVIDED, ""), (PUBLISHED, "/DocumentReference")):
        spoilt = copy.deepcopy(body)
        del (of(spoilt, "DocumentReference") if not path else spoilt)[element]
        status, issues = posted(record, spoilt, path)
        assert status == 422
        assert f"required DocumentReference.{element}" in issues


def attachment(body: Any) -> Any:
    return of(body, "DocumentReference")["content"][0]["attachment"]


@pytest.mark.parametrize(
    ("spoil", "issue"),
    [
        (lambda b: b["entry"][0]["request"].update(method="PUT"), "value Bundle.entry.request"),
        (lambda b: b["entry"].pop(), "structure Bundle.entry"),
        (lambda b: b.update(type="batch"), "structure Bundle.entry"),
        (lambda b: b.pop("meta"), "required Bundle.meta.profile"),
        (lambda b: of(b, "List").pop("meta"), "required List.meta.profile"),
        (lambda b: of(b, "List").pop("identifier"), "required List.identifier"),
        (lambda b: of(b, "List")["identifier"].pop(), "value List.identifier"),
        (lambda b: of(b, "List").update(mode="snapshot"), "value List.mode"),
        (lambda b: of(b, "List")["extension"].pop(), "required List.extension"),
        (lambda b: of(b, "List").update(code={"text": "x"}), "code-invalid List.code"),
        (lambda b: of(b, "List").update(entry=[{"item": {"reference": "urn:uuid:x"}}]), "value List.entry"),
        (lambda b: of(b, "List").update(source={"reference": "#nobody"}), "not-found List.source"),
        (lambda b: of(b, "List").update(subject={"reference": "Patient/1"}), "value List.subject"),
        # The hexadecimal digest of XDS instead of FHIR's base64.
        (lambda b: attachment(b).update(hash="da39a3ee5e6b4b0d3255bfef95601890afd80709"),
         "value DocumentReference.content.attachment.hash"),
        (lambda b: attachment(b).update(size=1), "value DocumentReference.content.attachment.size"),
        (lambda b: attachment(b).update(url="urn:uuid:x"), "value DocumentReference.content.attachment.url"),
        (lambda b: of(b, "Binary").update(data="%"), "value Binary.data"),
        (lambda b: of(b, "DocumentReference").update(date="20261116"), "value DocumentReference.date"),
        (lambda b: of(b, "DocumentReference").update(author=[{"reference": "#nobody"}]),
         "not-found DocumentReference.contained"),
        (lambda b: of(b, "DocumentReference").update(status="superseded"), "value DocumentReference.status"),
        (lambda b: [of(b, t).update(subject={"reference": "Patient/1"}) for t in ("List", "DocumentReference")],
         "value DocumentReference.subject"),
        (lambda b: of(b, "DocumentReference").update(
            relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/nobody"}}]),
         "not-found DocumentReference.relatesTo"),
    ],
)  # fmt: skip
def test_what_lies_is_noticed_and_nothing_is_stored(record: Sandbox, spoil: Spoil, issue: str) -> None:
    spoilt = copy.deepcopy(PROVIDED)
    spoil(spoilt)
    status, issues = posted(record, spoilt)
    assert status == 422
    assert issue in issues
    assert record.state.fhir_record.unique_ids() == []


@pytest.mark.parametrize(
    ("spoil", "issue"),
    [
        (lambda d: d.update(identifier=[{"value": "x"}]), "structure DocumentReference.identifier"),
        (lambda d: d["content"][0]["attachment"].update(url="x"), "structure DocumentReference.content.attachment.url"),
        (lambda d: d["content"][0]["attachment"].pop("data"), "value Binary.data"),
        (lambda d: d["meta"].update(profile=[]), "required DocumentReference.meta.profile"),
    ],
)
def test_a_simplified_publish_is_judged_by_its_own_profile(record: Sandbox, spoil: Spoil, issue: str) -> None:
    spoilt = copy.deepcopy(PUBLISHED)
    spoil(spoilt)
    status, issues = posted(record, spoilt, "/DocumentReference")
    assert (status, issue in issues) == (422, True)


@pytest.mark.parametrize("body", ["", "[]", "{", '{"type": "transaction"}'])
def test_what_is_no_bundle_is_refused(record: Sandbox, body: str) -> None:
    assert requests.post(record.pdsm_url, data=body, timeout=PATIENCE).status_code == 422


@pytest.mark.parametrize("type_", ["DocumentReference", "List"])
def test_a_search_without_a_patient_or_a_status_is_refused(record: Sandbox, type_: str) -> None:
    url = f"{record.pdsm_url}/{type_}"
    code = {"code": "submissionset"}
    for query in ({"status": "current", **code}, {"patient.identifier": PATIENT, **code}):
        assert requests.get(url, params=query, timeout=PATIENCE).status_code == 400
        assert requests.post(f"{url}/_search", data=query, timeout=PATIENCE).status_code == 400
    whole = {"patient.identifier": PATIENT, "status": "current", **code}
    posted(record, PROVIDED)
    for answer in (
        requests.get(url, params=whole, timeout=PATIENCE),
        requests.post(f"{url}/_search", data=whole, timeout=PATIENCE),
    ):
        assert (answer.status_code, answer.json()["total"]) == (200, 1)
