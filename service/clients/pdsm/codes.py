"""What each answer of a FHIR record means for the document (R4, http.html and valueset-issue-type; RFC 9110).

The rule is that of the other record: what may have been stored is looked up, what surely was not is tried again when
it can help, everything else is for a human.
"""

from dataclasses import dataclass
from typing import Final

from service.outbox.receipt import Outcome

#: Codes of an OperationOutcome that say more than the status it came with.
ISSUES: Final[dict[str, Outcome]] = {
    # Most often our own first attempt; it counts as accepted once a look-up has found our bytes.
    "duplicate": Outcome.IN_DOUBT,
    "conflict": Outcome.IN_DOUBT,
    # It says itself that it did nothing.
    "throttled": Outcome.UNREACHABLE,
}
#: HTTP statuses.
STATUSES: Final[dict[int, Outcome]] = {
    # It stopped waiting for our bytes, or turned us away at the door: nothing was processed.
    408: Outcome.UNREACHABLE,
    429: Outcome.UNREACHABLE,
    # Something of ours is there already, or a condition did not hold: is it our document?
    409: Outcome.IN_DOUBT,
    412: Outcome.IN_DOUBT,
}
#: By family, for the statuses that are not above.
FAMILIES: Final[dict[int, Outcome]] = {
    1: Outcome.IN_DOUBT,
    # A success that does not say what was stored proves nothing.
    2: Outcome.IN_DOUBT,
    # Moved: not followed, the configuration is to be mended.
    3: Outcome.REFUSED,
    4: Outcome.REFUSED,
    5: Outcome.IN_DOUBT,
}


def of_status(status: int) -> Outcome:
    return STATUSES.get(status) or FAMILIES.get(status // 100, Outcome.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What follows an answer to a change, and what a human reads of it."""

    outcome: Outcome
    told: str


#: What is found out before anything is changed.
OURS: Final[dict[str, Meaning]] = {
    "no-deletion": Meaning(
        Outcome.REFUSED,
        "Ce dossier partagé n’a pas de suppression réglée (BINOME_PDSM_DELETION) : le document y est à retirer à la main.",
    ),
    "withdrawal-unknown": Meaning(
        Outcome.UNREACHABLE, "Le dossier partagé n’a pas dit ce qu’il tient du document : rien n’a été modifié."
    ),
    "not-ours": Meaning(
        Outcome.REFUSED,
        "Le document du dossier partagé n’est pas celui que Binôme a versé : rien n’a été modifié ; à vérifier.",
    ),
    "not-in-force": Meaning(
        Outcome.REFUSED,
        "Le document du dossier partagé a été remplacé : il n’est supprimé qu’avec la version en vigueur.",
    ),
    "not-shown": Meaning(Outcome.REFUSED, "Le dossier partagé ne montre pas ce document : rien n’y est à modifier."),
}
#: Answers to a PATCH (PDSm 3.1.1, flux 04; FHIR R4, http.html#patch), where they say more than to a feed.
UPDATES: Final[dict[int, Meaning]] = {
    401: Meaning(Outcome.REFUSED, "Le dossier partagé n’admet pas cette connexion : droits à vérifier."),
    403: Meaning(Outcome.REFUSED, "Le dossier partagé n’admet cette modification que de l’auteur : à faire par lui."),
    # Shown a moment ago: deleted since, by us or by another, or shown to a search alone.
    404: Meaning(Outcome.IN_DOUBT, "Le dossier partagé ne trouve plus le document : à vérifier."),
    405: Meaning(Outcome.REFUSED, "Le dossier partagé ne prend pas cette modification : réglages à revoir."),
    # Changed meanwhile, or several of that name: it is read anew.
    409: Meaning(Outcome.IN_DOUBT, "Le document du dossier partagé vient d’être modifié : à relire."),
    412: Meaning(Outcome.IN_DOUBT, "Le document du dossier partagé vient d’être modifié : à relire."),
    415: Meaning(
        Outcome.REFUSED, "Le dossier partagé attend une autre écriture des modifications : voir BINOME_PDSM_PATCH."
    ),
    422: Meaning(Outcome.REFUSED, "Le dossier partagé refuse cette modification dans l’état du document."),
}


def of_update(status: int) -> Meaning:
    return UPDATES.get(status) or Meaning(of_status(status), "")
