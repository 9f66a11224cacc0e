"""The table of what follows each answer of the shared record: whole, of one mind, and never a yes."""

import re

import pytest

from mappings.xds.response import FAILURE
from service.clients.dmp.codes import ERRORS, FAULTS, OURS, STATUS_FAMILIES, STATUSES, UNKNOWN_ERROR, Meaning, Next
from service.clients.dmp.read import read
from service.outbox.receipt import Outcome
from tests.clients.test_dmp import ASKED, fault, registry_answer, soap_answer

#: The codes that the shared record's specification names for a feed, with the two that are tried again.
NAMED = (
    "XDSUnknownPatientId",
    "XDSPatientIdDoesNotMatch",
    "XDSDocumentUniqueIdError",
    "XDSRegistryDuplicateUniqueIdInMessage",
    "XDSNonIdenticalHash",
    "XDSRegistryDeprecatedDocumentError",
    "XDSRegistryMetadataError",
    "XDSRepositoryMetadataError",
    "XDSRegistryBusy",
    "XDSRepositoryBusy",
    "XDSRepositoryError",
)
ROWS: dict[str, Meaning] = {
    **ERRORS,
    **FAULTS,
    **OURS,
    **{str(status): meaning for status, meaning in STATUSES.items()},
    **{f"{family}xx": meaning for family, meaning in STATUS_FAMILIES.items()},
}
FOLLOWS = {Outcome.UNREACHABLE: Next.RETRY, Outcome.IN_DOUBT: Next.LOOK_UP, Outcome.REFUSED: Next.HUMAN}


@pytest.mark.parametrize("code", NAMED)
def test_every_named_code_has_its_row(code: str) -> None:
    assert code in ERRORS
    assert (ERRORS[code].next is Next.RETRY) is code.endswith("Busy")


@pytest.mark.parametrize("code", ROWS)
def test_a_row_follows_from_its_outcome_and_tells_a_human(code: str) -> None:
    meaning = ROWS[code]
    assert meaning.next is FOLLOWS[meaning.outcome]
    assert re.fullmatch(r"[A-ZÀÉ].{15,200}\.", meaning.told), meaning.told


@pytest.mark.parametrize("code", ["XDSUnheardOf", "", "Success", "0", "urn:ihe:iti:Success", "Camille TEST-BINOME"])
def test_an_unknown_code_is_for_a_human_and_never_a_yes(code: str) -> None:
    receipt = read(soap_answer(registry_answer(FAILURE, code)), ASKED)
    assert (receipt.outcome, receipt.told) == (Outcome.REFUSED, UNKNOWN_ERROR.told)
    assert receipt.code in {code, "unreadable-code"}
    assert "TEST-BINOME" not in receipt.code


def test_the_wrong_certificate_is_told_as_such() -> None:
    receipt = read(soap_answer(registry_answer(FAILURE, "DMPInvalidCertificate")), ASKED)
    assert receipt.outcome is Outcome.REFUSED
    assert "jamais celui d’authentification" in receipt.told
    assert read(soap_answer(fault("Sender", "FailedAuthentication"), status=400), ASKED).outcome is Outcome.REFUSED
