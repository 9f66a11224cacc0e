"""What codes are called on the pages. One table a vocabulary; an unknown code shows itself as it came."""

import datetime as dt
from typing import Final, Literal

from mappings.domain import wording
from mappings.domain.life import Obstacle, Reason, TeamState
from mappings.domain.logic import Truth
from mappings.domain.shared import SharedDocument
from service.outbox.envelope import Destination, State

#: How a thing stands: said in words, and then only in colour.
Tone = Literal["done", "waiting", "alert"]

DESTINATIONS: Final = {
    Destination.DMP: "Dossier médical partagé (DMP)",
    Destination.PDSM: "Dossier partagé (PDSm)",
    Destination.MSSANTE_PROFESSIONAL: "Votre messagerie MSSanté",
    Destination.MSSANTE_PATIENT: "Messagerie du patient",
}
SHORT_DESTINATIONS: Final = {
    Destination.DMP: "DMP",
    Destination.PDSM: "dossier partagé",
    Destination.MSSANTE_PROFESSIONAL: "votre MSSanté",
    Destination.MSSANTE_PATIENT: "messagerie du patient",
}

STATES: Final[dict[State, tuple[str, Tone]]] = {
    State.QUEUED: ("en attente d’envoi", "waiting"),
    State.SENDING: ("envoi en cours", "waiting"),
    State.IN_DOUBT: ("réponse incertaine, vérification prévue", "waiting"),
    # Of a mail: nothing but a receipt tells that it arrived (``FURTHEST``).
    State.ACCEPTED: ("confié à l’opérateur", "done"),
    State.REFUSED: ("refusé", "alert"),
    State.EXHAUSTED: ("non remis dans le délai", "alert"),
    State.CANCELLED: ("annulé", "done"),
}

#: The same of a message that withdraws a report.
WITHDRAWALS: Final[dict[State, str]] = {
    State.ACCEPTED: "transmise",
    State.REFUSED: "refusée",
    State.EXHAUSTED: "non remise dans le délai",
    State.CANCELLED: "non transmise",
}

#: What a team asks about its report in the shared record, by the purpose of the envelope that carries it.
CHANGES: Final[dict[str, str]] = {
    "mask": "Masquer le compte rendu aux professionnels",
    "unmask": "Montrer de nouveau le compte rendu aux professionnels",
    "hide": "Ne pas montrer le compte rendu au patient",
    "reveal": "Montrer le compte rendu au patient",
    "archive": "Archiver le compte rendu",
}
#: The same as something that is done.
CHANGING: Final[dict[str, str]] = {
    "mask": "masquage aux professionnels",
    "unmask": "levée du masque aux professionnels",
    "hide": "masquage au patient",
    "reveal": "levée du masque au patient",
    "archive": "archivage",
}
#: How far such a change has got, by the state of its envelope; by the status of the Task that asks for it.
CHANGED: Final[dict[State, str]] = {
    State.QUEUED: "en attente",
    State.SENDING: "en cours",
    State.IN_DOUBT: "réponse incertaine, vérification prévue",
    State.ACCEPTED: "fait",
    State.REFUSED: "refusé",
    State.EXHAUSTED: "non fait dans le délai",
    State.CANCELLED: "sans objet",
}
ASKED: Final[dict[str, tuple[str, Tone]]] = {
    "requested": ("En attente de la réponse du dossier partagé", "waiting"),
    "completed": ("Fait au dossier partagé", "done"),
    "failed": ("Non fait", "alert"),
    "cancelled": ("Sans objet", "done"),
}
#: What came back from an attempt of one.
CHANGE_ANSWERS: Final[dict[str, tuple[str, Tone]]] = {
    "accepted": ("Le dossier partagé a fait cette modification.", "done"),
    "refused": ("Le dossier partagé a refusé cette modification.", "alert"),
    "unreachable": ("Le dossier partagé n’a pas pu être joint : rien n’y a été modifié.", "waiting"),
    "in-doubt": ("Pas de réponse claire : ce que montre le dossier sera vérifié avant tout nouvel essai.", "waiting"),
    "cancelled": ("La modification est annulée.", "done"),
    "spent": ("Le délai prévu est passé sans que le dossier partagé ait pu être joint.", "alert"),
    "replayed": ("Une personne a fait reprendre la modification.", "waiting"),
}
#: Who does not see a document of the shared record, and that it is archived, by its labels.
LABELS: Final[dict[str, str]] = {
    "MASQUE_PS": "masqué aux professionnels",
    "INVISIBLE_PATIENT": "non visible par le patient",
    "NOPAT": "non visible par le patient",
    "INVISIBLE_REPRESENTANTS_LEGAUX": "non visible par les représentants légaux",
}

#: What the shared record is called by the road to it.
ROADS: Final[dict[Destination, str]] = {
    Destination.DMP: "le DMP",
    Destination.PDSM: "le dossier partagé",
}

#: What came back from an attempt: by outcome, where needed by destination.
ANSWERS: Final[dict[str, tuple[str, Tone]]] = {
    "accepted": ("L’opérateur de messagerie a pris le message en charge ; cela ne prouve pas qu’il a été lu.", "done"),
    "refused": ("Le destinataire a refusé l’envoi, définitivement.", "alert"),
    "unreachable": ("Le destinataire n’a pas pu prendre l’envoi : rien n’a été remis.", "waiting"),
    "in-doubt": ("Pas de réponse claire : le document sera recherché avant tout nouvel envoi.", "waiting"),
    "cancelled": ("L’envoi est annulé.", "done"),
    "bounced": ("Le message est revenu : il n’a pas été remis.", "alert"),
    "not-integrated": ("Le logiciel du destinataire n’a pas pu intégrer le document.", "alert"),
    "delivered": ("L’opérateur du destinataire annonce le message remis dans sa boîte.", "done"),
    "processed": ("Le logiciel du destinataire annonce le document intégré.", "done"),
    "read": ("La boîte du destinataire annonce le message affiché ; cela ne dit pas qui l’a lu.", "done"),
    "spent": ("Le délai prévu est passé sans que le destinataire ait pu être appelé.", "alert"),
    "replayed": ("Une personne a fait reprendre l’envoi.", "waiting"),
}
#: Why nothing was sent at all, by the code of its refusal.
HELD_BACK: Final[dict[str, str]] = {
    "too-long": "Le message est trop long pour l’opérateur de messagerie : il n’a pas été envoyé.",
    "outside-trust-space": "L’adresse n’est pas de l’espace de confiance MSSanté : rien n’a été envoyé.",
}
#: Outcomes that came back by mail, after the attempt: what each is called.
RECEIPTS: Final[dict[str, str]] = {
    "bounced": "Avis de non-remise",
    "not-integrated": "Avis d’intégration refusée",
    "delivered": "Avis de remise",
    "processed": "Avis d’intégration",
    "read": "Avis d’affichage",
}
#: How far a mail has got by its receipts, the furthest first.
FURTHEST: Final[dict[str, str]] = {
    "read": "remis, affiché dans la boîte",
    "processed": "remis, intégré par le logiciel",
    "delivered": "remis dans la boîte",
}
#: What the receiver's software says when it could not take a document in (CI-SIS, volet courriel).
INTEGRATION: Final[dict[str, str]] = {
    "900": "version du document non admise",
    "901": "auteur non autorisé",
    "902": "patient inconnu",
    "903": "INS absente",
    "904": "INS discordante",
    "905": "INS incomplète",
    "906": "autre motif",
}
#: What a mail that came in is called, by its kind.
MAILS: Final[dict[str, str]] = {
    "notice": "avis automatique",
    "bounce": "message de non-remise",
    "automatic": "réponse automatique",
    "reply": "réponse",
    "document": "document reçu",
    "echo": "copie d’un envoi",
    "other": "message",
    "unread": "message non lu",
    "": "en attente de lecture",
}
#: What a file that came with a mail is called, by its media type.
FILES: Final[dict[str, str]] = {
    "application/pdf": "PDF",
    "application/zip": "archive zip",
    "application/x-zip-compressed": "archive zip",
    "application/xml": "XML",
    "text/xml": "XML",
    "text/html": "page HTML",
    "text/plain": "texte",
    "image/jpeg": "image",
    "image/png": "image",
    "application/ms-tnef": "winmail.dat",
    "application/octet-stream": "type non précisé",
}
#: Why a mail waits for somebody, by the words of its code.
SET_ASIDE: Final[dict[str, str]] = {
    "too-large": "trop long pour être relevé",
    "unfetched": "la boîte n’a pas pu le donner",
    "poison": "aucune lecture n’a abouti",
    "too-deep": "structure trop profonde",
    "malformed": "message mal formé",
    "ambiguous": "en-têtes contradictoires",
    "tnef": "format winmail.dat, à faire renvoyer",
    "name-deceives": "nom de fichier trompeur",
    "xml-refused": "document XML refusé",
    "zip-64": "archive au format zip64, non admis",
    "zip-bomb": "archive démesurée une fois décompressée",
    "zip-contradictory": "archive qui se contredit",
    "zip-corrupt": "archive abîmée",
    "zip-duplicate": "deux fichiers du même nom dans l’archive",
    "zip-encrypted": "archive chiffrée",
    "zip-foreign-bytes": "octets étrangers dans l’archive",
    "zip-link": "lien ou fichier spécial dans l’archive",
    "zip-lying-size": "taille de fichier fausse dans l’archive",
    "zip-method": "compression non admise dans l’archive",
    "zip-name": "nom de fichier interdit dans l’archive",
    "zip-nested": "archive dans une archive",
    "zip-overlap": "fichiers qui se recouvrent dans l’archive",
    "zip-too-many": "trop de fichiers dans l’archive",
    "zip-truncated": "archive incomplète",
    "xdm-hash": "empreinte du document fausse",
    "xdm-size": "taille du document fausse",
    "xdm-patient": "le document et sa description désignent deux patients",
    "xdm-no-patient": "description qui ne désigne aucun patient",
    "xdm-two-patients": "plusieurs patients dans une archive",
    "xdm-missing-document": "document décrit et absent",
    "xdm-extra-document": "fichier présent et non décrit",
    "xdm-uri": "chemin de document interdit",
    "xdm-no-metadata": "archive sans METADATA.XML",
    "xdm-no-document": "archive sans document",
    "cda-patients": "document sans patient unique",
    "cda-incomplete": "document incomplet",
    "cda-none": "ce n’est pas un document CDA",
    "cda-null": "document dont un élément obligatoire est vide",
    "cda-inclusion": "document qui inclut un autre fichier",
    "cda-elsewhere": "document dont une partie est ailleurs",
    "cda-active": "document à contenu actif",
    "mss-code": "l’en-tête X-MSS-CODECDA contredit le document",
    "mss-ins": "l’en-tête X-MSS-INS contredit le document",
    "other-sender": "l’expéditeur n’est pas le destinataire de l’envoi",
    "other-recipient": "l’avis parle d’une autre boîte que celle de l’envoi",
    "other-box": "arrivé dans une autre boîte que celle de l’envoi",
    "contradictory": "l’avis désigne deux envois",
    "unknown-message": "ne répond à aucun envoi connu",
    "never-sent": "répond à un envoi qui n’est pas parti",
    "suspected": "non-remise possible, à vérifier",
    "pending": "pas encore remis",
}
#: Why what waited is not sent, by the code of its cancellation.
CANCELLED: Final[dict[str, str]] = {
    "entered-in-error": "L’acte a été saisi par erreur : l’envoi est annulé.",
    "patient-objection": "Le patient s’oppose à cet envoi : il est annulé.",
    "consent-withdrawn": "Le patient a retiré son consentement aux soins délégués : l’envoi est annulé.",
    "superseded": "Une version plus récente du compte rendu remplace celle-ci : l’envoi est annulé.",
    "document-hidden": "Le compte rendu est masqué à ce destinataire : l’envoi est annulé.",
    "report-not-there": "Le compte rendu n’est pas arrivé au dossier partagé : rien n’y est à modifier.",
}
#: Why what was cancelled is sent after all, by the code of its new beginning.
BEGUN_AGAIN: Final[dict[str, str]] = {
    "document-shown-again": "Le compte rendu n’est plus masqué à ce destinataire : l’envoi annulé reprend.",
}
IN_THE_RECORD: Final[tuple[str, Tone]] = ("Le dossier partagé a enregistré le document.", "done")
UNDER_WAY: Final[tuple[str, Tone]] = ("Tentative commencée : son issue n’est pas encore connue.", "waiting")

#: Codes of our own and of IHE, for whoever does not read them every day.
CODES: Final[dict[str, str]] = {
    "connect": "connexion impossible",
    "cut": "connexion coupée",
    "timeout": "pas de réponse dans le temps imparti",
    "tls": "chiffrement impossible",
    "no-starttls": "chiffrement non proposé",
    "no-xoauth2": "authentification par jeton non proposée",
    "no-trust-list": "liste des domaines de confiance absente ou périmée",
    "token-over": "session de messagerie terminée, à rouvrir",
    "token-unreachable": "service d’authentification injoignable",
    "token-unreadable": "réponse du service d’authentification incompréhensible",
    "found": "document retrouvé chez le destinataire",
    "absent": "document absent chez le destinataire",
    "other-bytes": "un autre document porte le même identifiant",
    "changed": "modification confirmée",
    "already": "déjà fait",
    "not-shown": "document non montré par le dossier partagé",
    "not-in-force": "document déjà remplacé",
    "not-ours": "document différent de celui qui a été versé",
    "no-deletion": "suppression non réglée",
    "withdrawal-unknown": "le dossier partagé n’a pas répondu",
    "patient-objection": "le patient s’est opposé à cet envoi",
    "consent-withdrawn": "le patient a retiré son consentement",
    "entered-in-error": "l’acte a été saisi par erreur",
    "document-hidden": "le compte rendu est masqué à ce destinataire",
    "report-not-there": "le compte rendu n’est pas arrivé au dossier partagé",
    "professional-required": "un professionnel identifié est demandé",
    "not-begun": "tentative non commencée, faute de temps",
    "not-called": "destinataire non appelé, ne répondant plus",
    "unconfirmed": "notre base de données n’a pas confirmé l’enregistrement",
    "defect": "défaut interne, signalé à l’exploitant",
    "Success": "enregistrement confirmé",
    "stored": "enregistrement confirmé",
    "no-open-record": "aucun dossier ouvert pour ce patient",
    "duplicate": "document déjà connu du destinataire",
    "XDSRepositoryBusy": "entrepôt occupé",
    "XDSRegistryBusy": "registre occupé",
    "XDSRegistryNotAvailable": "registre indisponible",
    "XDSUnknownPatientId": "aucun dossier ouvert pour ce patient",
    "XDSPatientIdDoesNotMatch": "le document désigne un autre patient",
    "XDSNonIdenticalHash": "un autre document porte le même identifiant",
}

#: What the operator of a mailbox answers, by the subject and detail of its enhanced code (RFC 3463, section 3).
MAIL_ANSWERS: Final[dict[str, str]] = {
    "1.1": "boîte inconnue à cette adresse",
    "1.2": "domaine de l’adresse inconnu",
    "1.3": "adresse mal écrite",
    "1.6": "boîte déplacée, sans nouvelle adresse",
    "2.1": "boîte fermée à la réception",
    "2.2": "boîte pleine",
    "2.3": "message trop long pour cette boîte",
    "3.4": "message trop long pour l’opérateur",
    "7.1": "remise non autorisée par l’opérateur",
}

#: How each sex is said to be born; the unknown one is not guessed.
BORN: Final = {"female": "née le", "male": "né le", "unknown": "naissance le"}
CONSENTS: Final[dict[str, str]] = {
    "active": "donné",
    "inactive": "retiré depuis",
    "rejected": "refusé",
    "proposed": "proposé",
    "draft": "brouillon",
    "entered-in-error": "saisi par erreur",
}

#: Where a declaration stands.
DECLARATIONS: Final[dict[str, tuple[str, Tone]]] = {
    "draft": ("brouillon, non déposé", "waiting"),
    "lodged": ("déposée", "done"),
    "examined": ("en cours d’instruction", "done"),
    "accepted": ("acceptée", "done"),
    "refused": ("refusée", "alert"),
    "closed": ("classée sans suite", "alert"),
}
#: Why no declaration covers an act.
UNCOVERED: Final[dict[str, str]] = {
    "no-declaration": "aucune déclaration en vigueur ce jour-là",
    "delegatee-not-listed": "le délégué n’est pas sur la liste déclarée",
    "delegator-not-listed": "le délégant n’est pas sur la liste déclarée",
}
#: What the national directory says of a member.
KNOWN: Final[dict[str, tuple[str, Tone]]] = {
    "no": ("inconnu de l’annuaire, ou radié", "alert"),
    "unverified": ("non vérifié", "waiting"),
}
PROFESSION_DOUBTS: Final[dict[str, str]] = {"no": "autre profession dans l’annuaire"}
ACTIVITY_DOUBTS: Final[dict[str, str]] = {
    "no": "aucune activité connue dans la structure",
    "unverified": "activité dans la structure non vérifiée",
}
MAILBOX_DOUBTS: Final[dict[str, str]] = {
    "moved": "messagerie qui n’est plus dans l’annuaire",
    "to-choose": "messagerie à choisir parmi celles de l’annuaire",
    "unverified": "messagerie non vérifiée",
}
#: Why somebody may not act, and whether it is told since when.
OBSTACLES: Final[dict[Obstacle, str]] = {
    "version-unknown": "version du protocole inconnue",
    "version-not-begun": "version pas encore en vigueur",
    "version-superseded": "version remplacée",
    "version-ended": "version qui n’est plus en vigueur",
    "version-undated": "version dont la date d’effet n’est pas connue",
    "protocol-suspended": "protocole suspendu",
    "suspensions-unreadable": "suspensions du protocole illisibles",
    "enrolment-suspended": "adhésion suspendue",
    "enrolment-not-begun": "adhésion pas encore commencée",
    "enrolment-ended": "adhésion terminée",
    "enrolment-not-active": "adhésion qui n’est pas active",
    "team-suspended": "mise en œuvre suspendue par l’ARS pour l’équipe",
    "team-not-active": "équipe qui n’est pas active",
    "profession-removed": "profession non admise",
    "structure-removed": "type de structure non admis",
    "training-missing": "formation non terminée",
    "training-expired": "formation périmée",
}
TEAMS: Final[dict[TeamState, tuple[str, Tone]]] = {
    "active": ("active", "done"),
    "dormant": ("en sommeil", "waiting"),
    "incomplete": ("incomplète : il y faut un délégant et un délégué", "alert"),
    "suspended": ("suspendue", "alert"),
}
FUNCTIONS: Final = {"DELEGATOR": "délégant", "DELEGATEE": "délégué"}


#: Whether somebody can be reached.
REACHABLE: Final[dict[Truth, tuple[str, Tone]]] = {
    Truth.YES: ("joignable", "done"),
    Truth.UNKNOWN: ("à vérifier", "waiting"),
    Truth.NO: ("pas joignable", "alert"),
}
ABSENT: Final[dict[Truth, str]] = {
    Truth.YES: "absent",
    Truth.UNKNOWN: "absence dont les dates ne sont pas connues",
    Truth.NO: "",
}
CHANNELS: Final[dict[str, str]] = {
    "phone": "téléphone",
    "video": "visioconférence",
    "mssante": "messagerie MSSanté",
}
ENROLMENTS: Final[dict[str, tuple[str, Tone]]] = {
    "declared": ("déclarée", "waiting"),
    "active": ("active", "done"),
    "suspended": ("suspendue", "alert"),
}


def suspended(since: dt.date | None) -> str:
    """``adhésion suspendue depuis le 16 novembre 2026``; without the day when it is not told."""
    return f"adhésion suspendue depuis le {wording.day(since)}" if since else "adhésion suspendue, date non dite"


def obstacle(reason: Reason) -> str:
    """``version remplacée par la version 2024.1, depuis le 17 juin 2024``."""
    told = OBSTACLES[reason.obstacle]
    if reason.obstacle == "version-superseded":
        told += f" par la version {reason.about}"
    elif reason.about:
        told += f" ({reason.about})"
    return f"{told}, depuis le {wording.day(reason.since)}" if reason.since else told


def answer_code(code: str) -> str:
    """``boîte inconnue à cette adresse (550 5.1.1)``; a code without words of ours shows itself."""
    mail = MAIL_ANSWERS.get(code.partition(" ")[2].partition(".")[2])
    return f"{mail} ({code})" if mail else CODES.get(code, code)


def set_aside(code: str) -> str:
    """``empreinte du document fausse, en-têtes contradictoires``; a word without words of ours shows itself."""
    return ", ".join(SET_ASIDE.get(word, word) for word in code.split())


def shown_to(document: SharedDocument) -> list[str]:
    """Who does not see a document of the shared record, and that it is archived."""
    told = dict.fromkeys(LABELS[code] for code in sorted(document.labels) if code in LABELS)
    return [*told, *(["archivé"] if document.archived else [])]
