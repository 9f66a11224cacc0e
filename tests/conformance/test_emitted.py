"""Whatever leaves the service is valid: for our own checks, and for those that others wrote.

Validators of others stand outside the repository (``BINOME_TOOLS``, ``BINOME_REFERENCE``); without them, skipped.
"""

import copy
import email
import email.policy
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fhir.resources.R4B import get_fhir_model_class
from lxml import etree

from mappings.codes import systems
from mappings.fhir import json as fhir_json
from mappings.fhir.structure import check
from mappings.fhir.validation import validated
from service.outbox.envelope import Destination, State
from tests.conformance.journey import Journey, Json
from tests.mappings.schemas import CDA, ROOT, departures, reference, tool
from tests.waiting import PATIENCE

PROFILES = ROOT / "profiles"
#: Types that travel without a profile of ours: their structure alone is judged.
#: Of PlanDefinition, the versions without a known date; of AuditEvent, what was taken out and what was consulted.
WITHOUT_PROFILE = {
    "AuditEvent",
    "Device",
    "Observation",
    "PlanDefinition",
    "Questionnaire",
    "QuestionnaireResponse",
    "Subscription",
}
TAKEN_OUT = {"ITI-18", "ITI-43", "disclose", "extract"}
#: One line for every type that the service writes; a type that appears or disappears is a change to look at.
WRITTEN = {
    "ActivityDefinition",
    "AdverseEvent",
    "AuditEvent",
    "Basic",
    "CarePlan",
    "CareTeam",
    "Communication",
    "Consent",
    "Device",
    "DocumentReference",
    "MedicationDispense",
    "MedicationRequest",
    "Observation",
    "Organization",
    "Patient",
    "PlanDefinition",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "Questionnaire",
    "QuestionnaireResponse",
    "ServiceRequest",
    "Subscription",
    "Task",
}
HL7 = "{urn:hl7-org:v3}"
RIM = "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}"
DOCUMENT_UNIQUE_ID = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
SUBMISSION_UNIQUE_ID = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"


def emitted(journey: Journey) -> Iterator[tuple[str, Json]]:
    """Every version on record, every answer, and what only an answer shows: the delivery events of a trace."""
    yield from journey.resources.items()
    yield from journey.answers.items()
    for name, answer in journey.answers.items():
        for number, entry in enumerate(answer.get("entry", ())):
            if "resource" in entry:
                yield f"{name}[{number}]", entry["resource"]


def unclaimed(resource: Json) -> Json:
    """Without what it claims of the Subscriptions backport, at any depth: its profiles are not to be had here."""
    made = copy.deepcopy(resource)
    for one in (made, *(entry["resource"] for entry in made.get("entry", ()) if "resource" in entry)):
        claimed = one.get("meta", {}).pop("profile", [])
        if kept := [url for url in claimed if "/uv/subscriptions-backport/" not in url]:
            one["meta"]["profile"] = kept
        if one.get("meta") == {}:
            del one["meta"]
    return made


def attachments(letter: bytes) -> dict[str, bytes]:
    mail = email.message_from_bytes(letter, policy=email.policy.default)
    return {str(part.get_filename()): part.get_content() for part in mail.iter_attachments()}


def archive(letter: bytes) -> dict[str, bytes]:
    """The files of the ``IHE_XDM.ZIP`` of a mail."""
    with zipfile.ZipFile(io.BytesIO(attachments(letter)["IHE_XDM.ZIP"])) as zipped:
        return {Path(name).name: zipped.read(name) for name in zipped.namelist()}


def identifiers_of(metadata: bytes) -> tuple[str | None, str | None]:
    """uniqueId of the document and of its submission set."""
    values = {
        each.get("identificationScheme"): each.get("value")
        for each in etree.fromstring(metadata).iter(f"{RIM}ExternalIdentifier")
    }
    return values[DOCUMENT_UNIQUE_ID], values[SUBMISSION_UNIQUE_ID]


def test_the_journey_met_everything(journey: Journey) -> None:
    """Otherwise the tests below would judge little and say nothing."""
    assert {name.partition("/")[0] for name in journey.resources} == WRITTEN
    assert {name for name in journey.resources if name.endswith("/_history/2")}
    assert journey.proved <= journey.resources.keys()
    kinds = {(answer["resourceType"], answer.get("type")) for answer in journey.answers.values()}
    assert kinds >= {
        ("Bundle", "transaction-response"),
        ("Bundle", "searchset"),
        ("Bundle", "history"),
        ("Bundle", "collection"),
        ("OperationOutcome", None),
        ("CapabilityStatement", None),
    }
    codings = [r["code"]["coding"][0]["code"] for r in journey.resources.values() if r["resourceType"] == "Task"]
    assert set(codings) == {
        "acknowledge",
        "declare-team",
        "notify-adverse-event",
        "read-reply",
        "reorient",
        "resolve-delivery",
        "resolve-subscription",
        "withdraw-report",
    }
    # Read in the shared record, and refused there; an export and its files.
    events = {r["subtype"][0]["code"] for r in journey.resources.values() if r["resourceType"] == "AuditEvent"}
    assert events >= TAKEN_OUT
    in_error = {r["resourceType"] for r in journey.resources.values() if r.get("status") == "entered-in-error"}
    assert in_error == {
        "Procedure", "QuestionnaireResponse", "Observation", "ServiceRequest", "DocumentReference"
    }  # fmt: skip
    states = {(envelope.destination, envelope.state) for envelope in journey.envelopes}
    assert states == {(d, s) for d in set(Destination) - {Destination.PDSM} for s in (State.ACCEPTED, State.REFUSED)}
    outcomes = {r["outcome"] for _, r in emitted(journey) if r["resourceType"] == "AuditEvent"}
    assert outcomes == {"0", "4", "8"}


def test_a_claimed_parameter_finds_what_has_its_value(journey: Journey) -> None:
    assert [name for name, found in journey.searched.items() if not found] == []
    # Half of what is claimed is in use here; the table itself is held to R4 in ``tests/mappings/fhir/search``.
    assert len(journey.searched) >= 265
    kept = {name.partition("/")[0] for name in journey.resources}
    assert {type_ for type_, _ in journey.searched} == kept


def test_every_claimed_operation_answers(journey: Journey) -> None:
    (statement,) = (a for a in journey.answers.values() if a["resourceType"] == "CapabilityStatement")
    (rest,) = statement["rest"]
    claimed = {("", one["name"]) for one in rest["operation"]}
    claimed |= {(claim["type"], one["name"]) for claim in rest["resource"] for one in claim.get("operation", ())}
    assert journey.operated.keys() == claimed
    asked_later = {name: status for name, status in journey.operated.items() if status != 200}
    assert asked_later == {("", "export"): 202, ("Patient", "export"): 202, ("Group", "export"): 202}


def test_every_resource_has_the_structure_of_r4(journey: Journey) -> None:
    faults = {name: check(resource) for name, resource in emitted(journey)}
    assert {name: found for name, found in faults.items() if found} == {}


def test_every_resource_is_read_by_the_models(journey: Journey) -> None:
    for name, resource in emitted(journey):
        model = get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert model.get_resource_type() == resource["resourceType"], name


def test_every_profile_claimed_is_published(journey: Journey) -> None:
    claims = {name: set(r.get("meta", {}).get("profile", ())) for name, r in journey.resources.items()}
    published = {
        f"{systems.PROFILE}{path.stem.partition('-')[2]}" for path in (PROFILES / "compiled").glob("Structure*")
    }
    assert set().union(*claims.values()) <= published
    assert {name.partition("/")[0] for name, claimed in claims.items() if not claimed} == WITHOUT_PROFILE
    unclaimed = [r for name, r in journey.resources.items() if not claims[name] and r["resourceType"] == "AuditEvent"]
    assert {event["subtype"][0]["code"] for event in unclaimed} == TAKEN_OUT


def test_our_own_validation_accepts_every_resource(journey: Journey) -> None:
    def faults(resource: Json) -> list[str]:
        return [f"{i.expression} {i.reference}" for i in validated(resource) if i.severity == "error"]

    assert {name: found for name, resource in emitted(journey) if (found := faults(resource))} == {}


def test_an_independent_validator_accepts_every_resource(journey: Journey, tmp_path: Path) -> None:
    node, validator = shutil.which("node"), tool("fhir-validate/validate.mjs")
    if node is None or not (PROFILES / "node_modules").is_dir():
        pytest.skip("node or profiles/node_modules is absent (npm ci in profiles/)")
    names: dict[str, str] = {}
    for number, (name, resource) in enumerate(emitted(journey)):
        path = tmp_path / f"{number}.json"
        path.write_bytes(fhir_json.dump(unclaimed(resource)))
        names[str(path)] = name
    run = subprocess.run(
        [node, str(validator), "--strict", "--json", "--sd", str(PROFILES / "compiled"), *names],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "BINOME_NODE": str(PROFILES)},
    )
    reports: list[Any] = [json.loads(line) for line in run.stdout.splitlines()]
    assert [report["file"] for report in reports] == list(names), run.stderr[-1000:]
    refused = {names[r["file"]]: r["issues"] for r in reports if not r["valid"]}
    assert refused == {}
    # What the validator could not judge, it says; nothing may hide there.
    assert [i for r in reports for i in r["issues"] if i["code"] == "not-supported"] == []


def test_every_report_follows_the_cda_schema(journey: Journey) -> None:
    assert journey.documents
    for document in journey.documents:
        assert document.cda is not None
        assert departures(CDA, document.cda) == []


def test_every_report_follows_the_rules_of_the_ci_sis(journey: Journey, tmp_path: Path) -> None:
    rules = reference("cda/ans-no-licence/schematron/ASIP-STRUCT-MIN-StrucMin.sch")
    paths = []
    for document in journey.documents:
        path = tmp_path / f"{document.unique_id}.xml"
        path.write_bytes(document.cda or b"")
        paths.append(path)
    run = subprocess.run(
        [sys.executable, tool("check-cda/schematron.py"), rules, *paths],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    verdicts = re.findall(r"^(PASS|FAIL) (\S+) rules fired (\d+) errors (\d+) other (\d+)$", run.stdout, re.M)
    assert [(name, errors, other) for _, name, _, errors, other in verdicts] == [(p.name, "0", "0") for p in paths], (
        run.stdout + run.stderr
    )
    assert all(int(fired) for _, _, fired, _, _ in verdicts)


def test_every_submission_has_sound_metadata(journey: Journey, tmp_path: Path) -> None:
    """In the archive of each mail sealed, and in each submission to the shared record."""
    paths = []
    for envelope in journey.envelopes:
        assert envelope.payload is not None
        path = tmp_path / f"{envelope.id}.xml"
        mail = envelope.destination is not Destination.DMP
        path.write_bytes(archive(envelope.payload)["METADATA.XML"] if mail else envelope.payload)
        paths.append(path)
    run = subprocess.run(
        [sys.executable, tool("check-cda/xdm_metadata.py"), *paths],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    # One line of totals; every message would be one line more.
    assert run.stdout.strip() == str({"xsd ok": len(paths), "own ok": len(paths)})


def test_every_printed_report_is_pdf_a(journey: Journey) -> None:
    for document in journey.documents:
        assert document.pdf is not None
        with pikepdf.open(io.BytesIO(document.pdf)) as pdf, pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == (
                "1",
                "A",
                "1",
            )
            assert pdf.Root.OutputIntents


def test_the_shared_record_has_what_was_sealed(journey: Journey) -> None:
    sealed = {
        (document.unique_id, envelope.submission_id, document.cda)
        for document in journey.documents
        for envelope in journey.envelopes
        if envelope.document_id == document.id
        and (envelope.destination, envelope.state) == (Destination.DMP, State.ACCEPTED)
    }
    assert len(journey.registered) == len(sealed)
    assert set(journey.registered) == sealed


def test_the_mailboxes_have_what_was_sealed(journey: Journey) -> None:
    """Once each, byte for byte."""
    documents = {document.id: document for document in journey.documents}
    mails = {envelope.message_id: envelope for envelope in journey.envelopes if envelope.message_id}
    received = {letter.message_id: letter for letter in journey.letters if letter.message_id in mails}
    accepted = {m for m, envelope in mails.items() if envelope.state is State.ACCEPTED}
    assert accepted == received.keys()
    assert len([letter for letter in journey.letters if letter.message_id in mails]) == len(received)
    for message_id, letter in received.items():
        envelope = mails[message_id]
        document = documents[envelope.document_id]
        assert letter.content == envelope.payload
        assert letter.to == envelope.recipient
        files = archive(letter.content)
        assert identifiers_of(files["METADATA.XML"]) == (document.unique_id, envelope.submission_id)
        assert files["DOC0001.XML"] == document.cda
        assert document.pdf in attachments(letter.content).values()


def test_the_record_names_what_was_sealed(journey: Journey) -> None:
    """The publications, and the report itself, bear the identifiers of the envelopes."""
    unique_ids = {f"urn:oid:{document.unique_id}" for document in journey.documents}
    for document in journey.documents:
        root = etree.fromstring(document.cda or b"")
        identifier = root.find(f"{HL7}id")
        assert identifier is not None
        assert ".".join(filter(None, (identifier.get("root"), identifier.get("extension")))) == document.unique_id
    published = [r for r in journey.resources.values() if r["resourceType"] == "DocumentReference"]
    assert {r["masterIdentifier"]["value"] for r in published} < unique_ids
    messages = {
        r["identifier"][0]["value"]: r for r in journey.resources.values() if r["resourceType"] == "Communication"
    }
    accepted = {e.message_id for e in journey.envelopes if e.message_id and e.state is State.ACCEPTED}
    # What came back had been taken: that it was sent stays on record.
    assert messages.keys() == {message_id.strip("<>") for message_id in accepted | journey.given_back}
    assert {r["payload"][0]["contentString"] for r in messages.values()} <= unique_ids
