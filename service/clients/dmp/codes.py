"""What each foreign code of the shared record means for the document: the one table of what happens next.

IHE ITI TF-3 4.2.4.1 (error codes), SOAP 1.2 part 1 section 5.4.6, WSS SOAP Message Security 1.1 section 12.
The rule: only what is busy is tried again, what may have been stored is looked up, everything else is for a human, who
reads the sentence. A code that is in no table is for a human too, and is never a yes.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from service.outbox.receipt import NOT_SHOWN, Outcome


class Next(StrEnum):
    """What follows an answer."""

    #: Surely not stored: the same bytes, later.
    RETRY = "retry"
    #: Stored or not: ask by uniqueId before anything else.
    LOOK_UP = "look-up"
    #: Nothing is sent again; somebody has a task.
    HUMAN = "human"
    #: It is done.
    NOTHING = "nothing"


class Meaning(NamedTuple):
    """One row: the outcome, what follows, what a human is told."""

    outcome: Outcome
    next: Next
    told: str


#: Error codes of a RegistryResponse.
ERRORS: Final[dict[str, Meaning]] = {
    # Busy: it says itself that it did nothing.
    "XDSRegistryBusy": Meaning(Outcome.UNREACHABLE, Next.RETRY, "Le DMP est surchargé : nouvel essai plus tard."),
    "XDSRepositoryBusy": Meaning(Outcome.UNREACHABLE, Next.RETRY, "Le DMP est surchargé : nouvel essai plus tard."),
    # The repository has the document, the registry did not answer it: only a look-up can tell.
    "XDSRegistryNotAvailable": Meaning(
        Outcome.IN_DOUBT, Next.LOOK_UP, "Le DMP a peut-être reçu le document sans l’enregistrer : à vérifier."
    ),
    # Most often our own first attempt; it counts as accepted once a look-up has found our bytes.
    "XDSDuplicateUniqueIdInRegistry": Meaning(
        Outcome.IN_DOUBT, Next.LOOK_UP, "Un document de même identifiant est déjà dans le DMP : à vérifier."
    ),
    # Our identifier with other bytes: an alarm.
    "XDSNonIdenticalHash": Meaning(
        Outcome.REFUSED,
        Next.HUMAN,
        "Alerte : un document de même identifiant mais de contenu différent est dans le DMP. Ne rien renvoyer ; "
        "prévenir l’exploitant.",
    ),
    # Two times the same identifier in our own message: our defect, the same bytes cannot pass.
    "XDSRegistryDuplicateUniqueIdInMessage": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Un identifiant figure deux fois dans l’envoi : prévenir l’exploitant."
    ),
    "XDSRepositoryDuplicateUniqueIdInMessage": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Un identifiant figure deux fois dans l’envoi : prévenir l’exploitant."
    ),
    # The patient has no open record, or the document speaks of another patient.
    "XDSUnknownPatientId": Meaning(
        Outcome.REFUSED,
        Next.HUMAN,
        "Le DMP ne connaît pas ce patient : vérifier son INS ; le compte rendu part par messagerie seulement.",
    ),
    "XDSPatientIdDoesNotMatch": Meaning(
        Outcome.REFUSED,
        Next.HUMAN,
        "L’identité du document n’est pas celle du dossier visé : vérifier l’identité du patient avant tout envoi.",
    ),
    "XDSPatientIDReconciliationError": Meaning(
        Outcome.REFUSED, Next.HUMAN, "L’identité du patient est en cours de rapprochement au DMP : à vérifier."
    ),
    # Metadata or document not as demanded.
    "XDSRegistryMetadataError": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP juge les métadonnées non conformes : prévenir l’exploitant."
    ),
    "XDSRepositoryMetadataError": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP juge le document ou ses métadonnées non conformes : prévenir l’exploitant."
    ),
    "XDSMissingDocument": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le document manque dans l’envoi reçu par le DMP : prévenir l’exploitant."
    ),
    "XDSMissingDocumentMetadata": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Les métadonnées manquent dans l’envoi reçu par le DMP : prévenir l’exploitant."
    ),
    "XDSDocumentUniqueIdError": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP refuse l’identifiant du document, ou ne le connaît pas : à vérifier."
    ),
    "XDSExtraMetadataNotSaved": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP n’a pas gardé toutes les métadonnées : prévenir l’exploitant."
    ),
    # Replaces what is already replaced, or what is not there.
    "XDSRegistryDeprecatedDocumentError": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le document à remplacer l’a déjà été : vérifier ce que montre le DMP."
    ),
    "XDSReplaceFailed": Meaning(Outcome.REFUSED, Next.HUMAN, "Le DMP n’a pas pu remplacer le document : à vérifier."),
    "UnresolvedReferenceException": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le document visé n’est pas, ou plus, dans le DMP : à vérifier."
    ),
    # Changes of metadata (ITI-57).
    "XDSMetadataUpdateError": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP a refusé la modification : la faire dans le DMP, ou prévenir l’exploitant."
    ),
    "XDSMetadataUpdateOperationError": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP n’accepte pas cette modification de ce document : à faire dans le DMP."
    ),
    "XDSMetadataVersionError": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le document a changé au DMP entre-temps : à reprendre sur sa dernière version."
    ),
    "XDSMetadataIdentifierError": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Les identifiants de la modification ne conviennent pas : prévenir l’exploitant."
    ),
    # Questions and consultation (ITI-18, ITI-43).
    "XDSUnknownStoredQuery": Meaning(Outcome.REFUSED, Next.HUMAN, "Le DMP ne connaît pas cette recherche."),
    "XDSStoredQueryMissingParam": Meaning(Outcome.REFUSED, Next.HUMAN, "Le DMP juge la recherche incomplète."),
    "XDSStoredQueryParamNumber": Meaning(Outcome.REFUSED, Next.HUMAN, "Le DMP juge la recherche mal formée."),
    "XDSTooManyResults": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP a trop de documents à montrer : resserrer la recherche."
    ),
    "XDSResultNotSinglePatient": Meaning(
        Outcome.REFUSED, Next.HUMAN, "La recherche touche plusieurs patients : rien n’est montré."
    ),
    "XDSUnknownRepositoryId": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le document est dans un entrepôt inconnu du DMP : à vérifier."
    ),
    # An internal error that does not say what it left behind; the record's own operator has to look.
    "XDSRegistryError": Meaning(Outcome.REFUSED, Next.HUMAN, "Erreur interne du DMP : prévenir l’exploitant."),
    "XDSRepositoryError": Meaning(Outcome.REFUSED, Next.HUMAN, "Erreur interne du DMP : prévenir l’exploitant."),
    "XDSRegistryOutOfResources": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP n’a plus de place : prévenir l’exploitant."
    ),
    "XDSRepositoryOutOfResources": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP n’a plus de place : prévenir l’exploitant."
    ),
    # The operator's own.
    "DMPInvalidCertificate": Meaning(
        Outcome.REFUSED,
        Next.HUMAN,
        "Le DMP refuse le certificat qui signe : ce doit être celui de signature, jamais celui d’authentification.",
    ),
}
#: A code that nobody has told us about.
UNKNOWN_ERROR: Final = Meaning(
    Outcome.REFUSED, Next.HUMAN, "Le DMP a refusé pour une raison inconnue de Binôme : prévenir l’exploitant."
)

_ASSERTION: Final = "Le DMP refuse le jeton d’identification (VIHF) : certificat, attributs ou horloge à vérifier."
#: Codes and subcodes of a SOAP fault; the innermost known one decides.
FAULTS: Final[dict[str, Meaning]] = {
    # The message was understood and is at fault: it was not processed, and will not be.
    "Sender": Meaning(Outcome.REFUSED, Next.HUMAN, "Le DMP juge le message fautif : prévenir l’exploitant."),
    "MustUnderstand": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP ne comprend pas le message : prévenir l’exploitant."
    ),
    "VersionMismatch": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP ne comprend pas le message : prévenir l’exploitant."
    ),
    "DataEncodingUnknown": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP ne comprend pas le message : prévenir l’exploitant."
    ),
    # The assertion: wrong certificate, missing attribute, clocks that differ. Checked before anything is stored.
    "UnsupportedSecurityToken": Meaning(Outcome.REFUSED, Next.HUMAN, _ASSERTION),
    "UnsupportedAlgorithm": Meaning(Outcome.REFUSED, Next.HUMAN, _ASSERTION),
    "InvalidSecurity": Meaning(Outcome.REFUSED, Next.HUMAN, _ASSERTION),
    "InvalidSecurityToken": Meaning(Outcome.REFUSED, Next.HUMAN, _ASSERTION),
    "FailedAuthentication": Meaning(Outcome.REFUSED, Next.HUMAN, _ASSERTION),
    "FailedCheck": Meaning(Outcome.REFUSED, Next.HUMAN, _ASSERTION),
    "SecurityTokenUnavailable": Meaning(Outcome.REFUSED, Next.HUMAN, _ASSERTION),
    "MessageExpired": Meaning(Outcome.REFUSED, Next.HUMAN, _ASSERTION),
    # The receiver broke on it, before or after storing.
    "Receiver": Meaning(
        Outcome.IN_DOUBT, Next.LOOK_UP, "Le DMP a échoué sans dire s’il a gardé le document : à vérifier."
    ),
}
#: A fault that nobody has told us about may come from after the storing.
UNKNOWN_FAULT: Final = Meaning(
    Outcome.IN_DOUBT, Next.LOOK_UP, "Le DMP a échoué sans dire s’il a gardé le document : à vérifier."
)

#: What we say ourselves, without the record's having said it.
OURS: Final[dict[str, Meaning]] = {
    "dmp-closed": Meaning(
        Outcome.REFUSED,
        Next.HUMAN,
        "Le DMP du patient est fermé : rien n’y est versé ; le compte rendu part par messagerie seulement.",
    ),
    "dmp-absent": Meaning(
        Outcome.REFUSED,
        Next.HUMAN,
        "Le patient n’a pas de DMP : rien n’y est versé ; le compte rendu part par messagerie seulement.",
    ),
    "existence-unknown": Meaning(
        Outcome.UNREACHABLE, Next.RETRY, "Le DMP n’a pas dit si le dossier du patient est ouvert : rien n’a été versé."
    ),
    "predecessor-unknown": Meaning(
        Outcome.UNREACHABLE,
        Next.RETRY,
        "Le DMP n’a pas dit ce qu’il tient du document à remplacer : le nouveau n’a pas été versé.",
    ),
    NOT_SHOWN: Meaning(
        Outcome.UNREACHABLE,
        Next.RETRY,
        "Le DMP ne montre pas encore le document à remplacer : le nouveau n’a pas été versé.",
    ),
    "withdrawal-unknown": Meaning(
        Outcome.UNREACHABLE, Next.RETRY, "Le DMP n’a pas dit ce qu’il tient du document : rien n’a été modifié."
    ),
    "not-ours": Meaning(
        Outcome.REFUSED,
        Next.HUMAN,
        "Le document du DMP n’est pas celui que Binôme a versé : rien n’a été modifié ; à vérifier.",
    ),
    "not-shown": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le DMP ne montre pas ce document : rien n’y est à modifier ; à vérifier."
    ),
    "not-in-force": Meaning(
        Outcome.REFUSED, Next.HUMAN, "Le document du DMP n’est plus en vigueur : il ne s’archive plus ; à vérifier."
    ),
    "professional-required": Meaning(
        Outcome.REFUSED,
        Next.HUMAN,
        "Cette opération du DMP demande un professionnel identifié, et non la structure seule.",
    ),
}

#: HTTP statuses of an answer that is not SOAP.
STATUSES: Final[dict[int, Meaning]] = {
    # It stopped waiting for our bytes, or turned us away at the door: nothing was processed.
    408: Meaning(Outcome.UNREACHABLE, Next.RETRY, "Le DMP n’a pas reçu l’envoi : nouvel essai plus tard."),
    429: Meaning(Outcome.UNREACHABLE, Next.RETRY, "Le DMP est surchargé : nouvel essai plus tard."),
    401: Meaning(Outcome.REFUSED, Next.HUMAN, "Le DMP n’admet pas cette connexion : certificat et droits à vérifier."),
    403: Meaning(Outcome.REFUSED, Next.HUMAN, "Le DMP n’admet pas cette connexion : certificat et droits à vérifier."),
    413: Meaning(Outcome.REFUSED, Next.HUMAN, "Le document est trop grand pour le DMP : prévenir l’exploitant."),
}
#: By family, for the statuses that are not above.
STATUS_FAMILIES: Final[dict[int, Meaning]] = {
    1: Meaning(Outcome.IN_DOUBT, Next.LOOK_UP, "La réponse du DMP n’est pas claire : à vérifier."),
    # A success without a RegistryResponse proves nothing: a portal's page, an empty body, half an answer.
    2: Meaning(Outcome.IN_DOUBT, Next.LOOK_UP, "La réponse du DMP n’est pas claire : à vérifier."),
    # Moved: not followed, the configuration is to be mended.
    3: Meaning(Outcome.REFUSED, Next.HUMAN, "L’adresse du DMP a changé : réglages à revoir."),
    # What we ask does not suit: 404, 405…
    4: Meaning(Outcome.REFUSED, Next.HUMAN, "Le DMP n’admet pas la requête : réglages à revoir."),
    # Something broke, at the door or behind it.
    5: Meaning(Outcome.IN_DOUBT, Next.LOOK_UP, "Le DMP a échoué sans dire s’il a gardé le document : à vérifier."),
}
#: The record's own success; no code of the tables is a yes.
YES: Final = Meaning(Outcome.ACCEPTED, Next.NOTHING, "")
#: What is clear of nothing: another message's answer, PartialSuccess, a line that was cut.
UNCLEAR: Final = Meaning(Outcome.IN_DOUBT, Next.LOOK_UP, "La réponse du DMP n’est pas claire : à vérifier.")
#: Nobody was there: no byte of ours had left.
SILENT: Final = Meaning(Outcome.UNREACHABLE, Next.RETRY, "Le DMP ne répond pas : nouvel essai plus tard.")


def of_status(status: int) -> Meaning:
    return STATUSES.get(status) or STATUS_FAMILIES.get(status // 100, UNCLEAR)
