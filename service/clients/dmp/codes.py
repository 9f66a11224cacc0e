"""What each foreign code of the shared record means for the document.

IHE ITI TF-3 4.2.4.1 (error codes), SOAP 1.2 part 1 section 5.4.6, WSS SOAP Message Security 1.1 section 12.
The rule: only what is busy is tried again, what may have been stored is looked up, everything else is for a human.
"""

from typing import Final

from service.outbox.receipt import Outcome

#: Error codes of a RegistryResponse.
ERRORS: Final[dict[str, Outcome]] = {
    # Busy: it says itself that it did nothing.
    "XDSRegistryBusy": Outcome.UNREACHABLE,
    "XDSRepositoryBusy": Outcome.UNREACHABLE,
    # The repository has the document, the registry did not answer it: only a look-up can tell.
    "XDSRegistryNotAvailable": Outcome.IN_DOUBT,
    # Most often our own first attempt; it counts as accepted once a look-up has found our bytes.
    "XDSDuplicateUniqueIdInRegistry": Outcome.IN_DOUBT,
    # Our identifier with other bytes: an alarm.
    "XDSNonIdenticalHash": Outcome.REFUSED,
    # Two times the same identifier in our own message: our defect, the same bytes cannot pass.
    "XDSRegistryDuplicateUniqueIdInMessage": Outcome.REFUSED,
    "XDSRepositoryDuplicateUniqueIdInMessage": Outcome.REFUSED,
    # The patient has no open record, or the document speaks of another patient.
    "XDSUnknownPatientId": Outcome.REFUSED,
    "XDSPatientIdDoesNotMatch": Outcome.REFUSED,
    # Metadata or document not as demanded.
    "XDSRegistryMetadataError": Outcome.REFUSED,
    "XDSRepositoryMetadataError": Outcome.REFUSED,
    "XDSMissingDocument": Outcome.REFUSED,
    "XDSMissingDocumentMetadata": Outcome.REFUSED,
    "XDSDocumentUniqueIdError": Outcome.REFUSED,
    "XDSExtraMetadataNotSaved": Outcome.REFUSED,
    # Replaces what is already replaced, or what is not there.
    "XDSRegistryDeprecatedDocumentError": Outcome.REFUSED,
    "XDSReplaceFailed": Outcome.REFUSED,
    "UnresolvedReferenceException": Outcome.REFUSED,
    # An internal error that does not say what it left behind; the record's own operator has to look.
    "XDSRegistryError": Outcome.REFUSED,
    "XDSRepositoryError": Outcome.REFUSED,
    "XDSRegistryOutOfResources": Outcome.REFUSED,
    "XDSRepositoryOutOfResources": Outcome.REFUSED,
}
#: A code that nobody has told us about.
UNKNOWN_ERROR: Final = Outcome.REFUSED

#: Codes and subcodes of a SOAP fault; the innermost known one decides.
FAULTS: Final[dict[str, Outcome]] = {
    # The message was understood and is at fault: it was not processed, and will not be.
    "Sender": Outcome.REFUSED,
    "MustUnderstand": Outcome.REFUSED,
    "VersionMismatch": Outcome.REFUSED,
    "DataEncodingUnknown": Outcome.REFUSED,
    # The assertion: wrong certificate, missing attribute, clocks that differ. Checked before anything is stored.
    "UnsupportedSecurityToken": Outcome.REFUSED,
    "UnsupportedAlgorithm": Outcome.REFUSED,
    "InvalidSecurity": Outcome.REFUSED,
    "InvalidSecurityToken": Outcome.REFUSED,
    "FailedAuthentication": Outcome.REFUSED,
    "FailedCheck": Outcome.REFUSED,
    "SecurityTokenUnavailable": Outcome.REFUSED,
    "MessageExpired": Outcome.REFUSED,
    # The receiver broke on it, before or after storing.
    "Receiver": Outcome.IN_DOUBT,
}
#: A fault that nobody has told us about may come from after the storing.
UNKNOWN_FAULT: Final = Outcome.IN_DOUBT

#: HTTP statuses of an answer that is not SOAP.
STATUSES: Final[dict[int, Outcome]] = {
    # It stopped waiting for our bytes, or turned us away at the door: nothing was processed.
    408: Outcome.UNREACHABLE,
    429: Outcome.UNREACHABLE,
}
#: By family, for the statuses that are not above.
STATUS_FAMILIES: Final[dict[int, Outcome]] = {
    1: Outcome.IN_DOUBT,
    # A success without a RegistryResponse proves nothing: a portal's page, an empty body, half an answer.
    2: Outcome.IN_DOUBT,
    # Moved: not followed, the configuration is to be mended.
    3: Outcome.REFUSED,
    # Who we are, what we ask or how big it is does not suit: 401, 403, 404, 413…
    4: Outcome.REFUSED,
    # Something broke, at the door or behind it.
    5: Outcome.IN_DOUBT,
}


def of_status(status: int) -> Outcome:
    return STATUSES.get(status) or STATUS_FAMILIES.get(status // 100, Outcome.IN_DOUBT)
