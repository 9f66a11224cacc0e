"""What the flat door takes and answers, as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0).

Written once, here; tests hold it against the routes, against the keys that the readings ask for, and against the
service, which must accept its examples. The examples are the first records of the demonstration scenario.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

import orjson

from mappings.domain.act import ActStatus
from mappings.domain.adverse import Actuality, EventOutcome, EventStatus, Nature, Seriousness, Severity
from mappings.domain.changes import HEADINGS, ChangeKind
from mappings.domain.cooperation import EnrolmentStatus, Function
from mappings.domain.declaration import DeclarationState
from mappings.domain.evidence import Certainty
from mappings.domain.people import Gender, IdentityStatus
from mappings.domain.protocol import Completeness, Regime, Section
from mappings.domain.reporting import RECOURSES, REORIENTATION_REASONS
from mappings.records.adverse_event import Reporter

Schema = dict[str, Any]

_JSON: Final = "application/json"
_FHIR: Final = "application/fhir+json"
_SCENARIO: Final = Path("fixtures/scenarios/torsion-cheville-equipe")


@cache
def description() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Binôme : les enregistrements",
            "version": "1",
            "description": "Adhésions, consentements, inclusions et actes délégués en JSON simple, sans connaître FHIR. "
            "Chaque enregistrement donne les mêmes ressources que la porte FHIR, jugées par les mêmes règles. "
            "Un élément inconnu est refusé : une faute de frappe ne se perd pas en silence.",
        },
        "servers": [{"url": "/records"}],
        "security": [{}, {"bearer": []}],
        "paths": {
            "/enrolments": _door(
                "Adhesion",
                "Inscrit un professionnel dans un protocole, pour une structure et une fonction.",
                "enrolments",
            ),
            "/consents": _door(
                "Consentement", "Enregistre ce que le patient a décidé, et où le compte rendu peut aller.", "consents"
            ),
            "/inclusions": _door("Inclusion", "Fait entrer un patient dans une version du protocole.", "inclusions"),
            "/acts": _door(
                "Acte",
                "Transmet un acte délégué : il est jugé, conservé, prouvé, puis porté à ses destinataires.",
                "acts",
            ),
            "/adverse-events": _door(
                "EvenementIndesirable",
                "Signale un événement indésirable au sujet d’un acte ; grave, la structure et le délégant sont prévenus.",
                "adverse-events",
            ),
            "/receipts": _receipts(),
            "/declarations": _declarations(),
            "/protocols": _reading("Catalogue", "Donne les protocoles, leurs actes et leur examen.", "Protocols"),
            "/protocols/{protocol}/sheet": _sheet(),
            "/openapi.json": _reading("Description", "Donne la présente description.", "Description"),
        },
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Jeton de développement, en attendant un fournisseur d’identité réel ; "
                    "un jeton qui ne tient pas est refusé, jamais ignoré.",
                }
            },
            "parameters": {"IdempotencyKey": _IDEMPOTENCY_KEY},
            "schemas": SCHEMAS,
        },
    }


_IDEMPOTENCY_KEY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Clé choisie par le logiciel appelant pour cette demande. La même demande sous la même clé reçoit la "
    "première réponse, et n’est faite qu’une fois ; une autre demande sous la même clé est refusée.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}

_REFUSALS: Final = {
    "400": "Le corps n’a pas la forme attendue.",
    "401": "Le jeton d’accès n’est pas valable.",
    "404": "L’enregistrement désigne une ressource que ce serveur n’a pas.",
    "409": "Une ressource porte déjà cet identifiant métier, avec un autre contenu.",
    "412": "Plusieurs ressources répondent à la désignation, ou la version en vigueur a changé.",
    "413": "Le corps, un texte ou la clé d’idempotence est trop long.",
    "415": "Le corps n’est pas annoncé dans le format attendu.",
    "422": "Un élément manque ou n’est pas admis, ou bien la loi ou le protocole s’y oppose : chaque faute est nommée.",
    "429": "Trop d’enregistrements attendent : rien n’est retenu, présenter de nouveau la même demande.",
    "500": "Une erreur interne est survenue ; la réponse porte un numéro d’incident.",
    "503": "L’enregistrement n’a pas pu être confirmé : présenter de nouveau la même demande avec la même clé.",
}
_OF_A_READING: Final = ("401", "500", "503")


def _door(schema: str, summary: str, name: str) -> Schema:
    example = orjson.loads((_SCENARIO / f"{name}.json").read_bytes())[0]
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
            "requestBody": {
                "required": True,
                "content": {_JSON: {"schema": _ref(schema), "examples": {"fictif": {"value": example}}}},
            },
            "responses": {
                "201": _answer("Fait, et conservé durablement.", "Resultat"),
                "200": _answer(
                    "Déjà fait : rien n’a changé, ou la première réponse est donnée de nouveau.", "Resultat"
                ),
            }
            | {status: _refusal(status) for status in _REFUSALS},
        }
    }


def _reading(tag: str, summary: str, schema: str) -> Schema:
    return {
        "get": {
            "operationId": tag.lower(),
            "summary": summary,
            "responses": {"200": _answer(summary, schema)} | {status: _refusal(status) for status in _OF_A_READING},
        }
    }


def _declarations() -> Schema:
    told = {
        "protocol": (True, {"type": "string"}, "Nom du protocole, sans version."),
        "finess": (True, {"type": "string", "pattern": "^[0-9][0-9AB][0-9]{7}$"}, "Numéro FINESS de la structure."),
        "date": (False, {"type": "string", "format": "date"}, "Jour où regarder la liste ; aujourd’hui à défaut."),
        "verify": (
            False,
            {"enum": ["true", "false"]},
            "true : chaque membre est aussi cherché dans l’annuaire national.",
        ),
    }
    parameters = [
        {"name": name, "in": "query", "required": required, "description": text, "schema": schema}
        for name, (required, schema, text) in told.items()
    ]
    summary = "Donne la liste déclarée d’une équipe à une date, ce qui est à déclarer de nouveau, et les actes sans déclaration."
    refusals = {status: _refusal(status) for status in ("400", *_OF_A_READING, "404", "422")}
    get = {
        "operationId": "declarations",
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": _answer("La liste et ce qui s’en écarte.", "Declaration")} | refusals,
    }
    return {"get": get}


def _answer(text: str, schema: str) -> Schema:
    return {"description": text, "content": {_JSON: {"schema": _ref(schema)}}}


def _refusal(status: str) -> Schema:
    headers = {"Retry-After": {"description": "Secondes à attendre.", "schema": {"type": "integer"}}}
    return {
        "description": _REFUSALS[status],
        "content": {_FHIR: {"schema": _ref("OperationOutcome")}},
    } | ({"headers": headers} if status in ("429", "503") else {})


def _receipts() -> Schema:
    refusals = {status: _refusal(status) for status in ("401", "404", "412", "413", "415", "422", "429", "500", "503")}
    post = {
        "operationId": "receipts",
        "summary": "Remet un avis de non-remise reçu par la messagerie.",
        "requestBody": {
            "required": True,
            "description": "L’avis, tel qu’il est arrivé (multipart/report, RFC 3464).",
            "content": {"message/rfc822": {}},
        },
        "responses": {"204": {"description": "L’avis est conservé, et quelqu’un est prévenu."}} | refusals,
    }
    return {"post": post}


def _sheet() -> Schema:
    """The one reading that asks for something."""
    parameters = [
        {
            "name": "protocol",
            "in": "path",
            "required": True,
            "description": "Protocole, sans version.",
            "schema": {"type": "string"},
        },
        {
            "name": "on",
            "in": "query",
            "required": False,
            "description": "Jour auquel la fiche est lue ; aujourd’hui à défaut.",
            "schema": {"type": "string", "format": "date"},
        },
        {
            "name": "version",
            "in": "query",
            "required": False,
            "description": "Version montrée ; à défaut, celle en vigueur ce jour-là, ou la dernière commencée.",
            "schema": {"type": "string"},
        },
    ]
    reading = _reading("Fiche", "Donne la fiche d’identité d’un protocole.", "Fiche")
    reading["get"]["parameters"] = parameters
    reading["get"]["responses"] |= {status: _refusal(status) for status in ("404", "422")}
    return reading


# ── what a record says ─────────────────────────────────────────────────────────────────────────────────────


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _text(description: str, **more: Any) -> Schema:
    return {"type": "string", "minLength": 1, "description": description, **more}


def _one_of(literal: Any, description: str) -> Schema:
    return _text(description, enum=list(get_args(literal)))


def _day(description: str) -> Schema:
    return _text(description, format="date")


def _instant(description: str) -> Schema:
    return _text(f"{description} Date, heure et décalage horaire.", format="date-time")


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def _object(description: str, required: str, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "description": description,
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


_VERSIONED: Final = _text(
    "Protocole et version, « nom-du-protocole|version ».", examples=["pc-torsion-cheville|2026.1"]
)
_FINESS: Final = _text("Numéro FINESS de la structure, 9 caractères.")
_DELEGATEE: Final = {
    "delegatee_rpps": _text("Numéro RPPS du délégué."),
    "delegatee_enrolment": _text(
        "Identifiant de l’adhésion du délégué ; à défaut, celle du protocole, de la structure et du numéro RPPS."
    ),
}
_DELEGATOR: Final = {
    "delegator_rpps": _text("Numéro RPPS du délégant."),
    "delegator_enrolment": _text(
        "Identifiant de l’adhésion du délégant ; à défaut, celle du protocole, de la structure et du numéro RPPS."
    ),
}
_DESIGNATION: Final = {"ins": _ref("Ins"), "local_identifier": _ref("IdentifiantLocal")}

SCHEMAS: Final[dict[str, Schema]] = {
    "Adhesion": _object(
        "Une personne, une version de protocole, une structure, une fonction.",
        "protocol function status rpps family given profession structure period",
        identifier=_text("Identifiant de l’adhésion ; à défaut, il se déduit de ce qu’elle dit."),
        protocol=_VERSIONED,
        function=_text(
            "Délégué (DELEGATEE) ou délégant (DELEGATOR).",
            enum=[*get_args(Function), "délégué", "délégant", "delegue", "delegant"],
        ),
        status=_one_of(EnrolmentStatus, "Où en est l’adhésion."),
        rpps=_text("Numéro RPPS, 11 chiffres."),
        prefix=_text("Civilité."),
        suffix=_text("Titre."),
        family=_text("Nom d’exercice."),
        given=_text("Prénom d’exercice."),
        profession=_text("Profession, TRE_G15."),
        specialty=_text("Spécialité ordinale, TRE_R38."),
        mailbox=_text("Messagerie MSSanté ; à défaut, elle est cherchée dans l’Annuaire Santé."),
        structure=_ref("Structure"),
        period=_ref("Periode"),
        training=_list(_ref("Formation"), "Formations suivies ; exigées d’un délégué."),
        delegators=_list(_ref("Delegant"), "Délégué seulement : les délégants au nom desquels il peut agir."),
    ),
    "Formation": _object(
        "Une formation suivie.",
        "module completed",
        module=_text("Intitulé que le protocole donne à la formation."),
        completed=_day("Jour où elle a été terminée."),
        valid_until=_day("Dernier jour où elle vaut."),
    ),
    "Delegant": _object(
        "Un délégant par son adhésion et son numéro.",
        "identifier rpps",
        identifier=_text("Identifiant de l’adhésion du délégant."),
        rpps=_text("Numéro RPPS, 11 chiffres."),
    ),
    "Structure": _object(
        "La structure d’exercice.",
        "finess name facility_type",
        finess=_FINESS,
        name=_text("Nom."),
        facility_type=_text("Secteur d’activité, TRE_R02."),
        address=_ref("Adresse"),
        phone=_text("Téléphone."),
        mailbox=_text("Messagerie MSSanté de la structure."),
    ),
    "Adresse": _object(
        "Une adresse postale.",
        "",
        lines=_list(_text("Ligne."), "Lignes, sept au plus."),
        postal_code=_text("Code postal."),
        city=_text("Commune."),
    ),
    "Periode": _object("Du premier au dernier jour, inclus.", "start", start=_day("Début."), end=_day("Fin.")),
    "Consentement": _object(
        "Ce que le patient a décidé pour un protocole, quelle qu’en soit la version.",
        "identifier protocol patient decision decided_at structure_finess",
        identifier=_text("Identifiant du consentement."),
        protocol=_text("Protocole, « nom-du-protocole », sans version.", examples=["pc-torsion-cheville"]),
        patient=_ref("Patient"),
        decision=_text("Donné, refusé ou retiré.", enum=["given", "refused", "withdrawn"]),
        decided_at=_instant("Quand le patient a décidé."),
        informed_at=_instant("Quand le patient a été informé."),
        informed_by_rpps=_text("Numéro RPPS de qui a informé le patient."),
        notice=_text(
            "Notice remise : « nom-du-protocole|version », ou son titre et sa version.",
            examples=["pc-torsion-cheville|2026.1"],
        ),
        withdrawn_on=_day("Jour du retrait ; avec withdrawn, et seulement avec lui."),
        withdrawn_at=_instant("Instant du retrait, à la place de son jour."),
        structure_finess=_FINESS,
        team=_text("Identifiant de l’équipe que le patient laisse agir."),
        sharing=_object(
            "Où le compte rendu peut aller : les trois destinations, ou rien.",
            "dmp patient_mailbox professional_mailbox",
            dmp=_flag("Dossier médical partagé."),
            patient_mailbox=_flag("Messagerie du patient dans Mon espace santé."),
            professional_mailbox=_flag("Messagerie MSSanté du délégant."),
        ),
    ),
    "EvenementIndesirable": _object(
        "Un événement, survenu ou évité, au sujet d’un acte délégué.",
        "identifier act nature text detected_at seriousness reported_by",
        identifier=_text("Identifiant de l’événement."),
        act=_text("Identifiant de l’acte en cause."),
        status=_one_of(
            EventStatus, "Où en est le signalement ; à défaut, submitted. Un brouillon ne prévient personne."
        ),
        actuality=_one_of(Actuality, "Survenu (actual, à défaut) ou évité (potential)."),
        nature=_one_of(Nature, "Nature de l’événement."),
        text=_text("Ce qui s’est passé."),
        detected_at=_instant("Quand l’événement a été constaté."),
        seriousness=_one_of(Seriousness, "Non grave, ou ce qui le rend grave."),
        severity=_text("Intensité.", enum=[code for code in get_args(Severity) if code]),
        outcome=_text("Issue.", enum=[code for code in get_args(EventOutcome) if code]),
        reported_by=_one_of(Reporter, "Qui le signale : le délégué ou le délégant de l’acte."),
    ),
    "Patient": _object(
        "Les traits d’identité ; un patient est désigné par son INS ou par un identifiant local.",
        "identity_status birth_family birth_given gender birth_date",
        **_DESIGNATION,
        identity_status=_one_of(IdentityStatus, "Statut de l’identité (RNIV) ; l’INS n’accompagne que qualified."),
        birth_family=_text("Nom de naissance."),
        birth_given=_text("Premier prénom de naissance."),
        birth_given_list=_text("Liste des prénoms de naissance ; obligatoire avec l’INS."),
        used_family=_text("Nom utilisé."),
        used_given=_text("Prénom utilisé."),
        gender=_one_of(Gender, "Sexe."),
        birth_date=_day("Date de naissance."),
        birth_place_code=_text("Code officiel géographique du lieu de naissance ; obligatoire avec l’INS."),
        birth_place_name=_text("Nom du lieu de naissance."),
        address=_ref("Adresse"),
    ),
    "Ins": _object(
        "Matricule INS et OID de son autorité d’affectation.",
        "value oid",
        value=_text("Matricule, clé comprise, 15 caractères."),
        oid=_text("OID ; 1.2.250.1.213.1.4.10 et 1.2.250.1.213.1.4.11 pour les tests et la démonstration."),
    ),
    "IdentifiantLocal": _object(
        "Numéro du patient dans le logiciel appelant.",
        "system value",
        system=_text("OID de l’autorité qui donne ce numéro."),
        value=_text("Numéro."),
    ),
    "Inclusion": _object(
        "Un patient entre dans une version du protocole.",
        "identifier protocol status patient delegatee_rpps delegator_rpps structure_finess consent start",
        identifier=_text("Identifiant de l’inclusion."),
        protocol=_VERSIONED,
        status=_text(
            "Où en est l’inclusion.",
            enum=["draft", "active", "on-hold", "revoked", "completed"],
        ),
        patient=_object("Le patient, déjà connu : un numéro suffit.", "", **_DESIGNATION),
        **_DELEGATEE,
        **_DELEGATOR,
        structure_finess=_FINESS,
        consent=_text("Identifiant du consentement."),
        eligibility=_text("Identifiant logique de l’examen d’éligibilité (QuestionnaireResponse)."),
        start=_day("Premier jour."),
        end=_day("Dernier jour."),
    ),
    "Acte": _object(
        "Un acte délégué, avec son examen et ses prescriptions.",
        "identifier protocol act inclusion delegatee_rpps delegator_rpps structure_finess performed",
        identifier=_text("Identifiant de l’acte : le même ne se transmet qu’une fois."),
        protocol=_VERSIONED,
        act=_text("Acte de la liste limitative du protocole (activity, dans /protocols)."),
        status=_one_of(ActStatus, "Réalisé, ou non réalisé ; completed à défaut."),
        status_reason=_text(
            "Motif d’un acte non réalisé ; obligatoire avec not-done.", enum=list(REORIENTATION_REASONS)
        ),
        recourse=_text(
            "Ce que le délégant, appelé, a fait : donné un avis (advice) ou repris la suite (take-over).",
            enum=list(RECOURSES),
        ),
        inclusion=_text("Identifiant de l’inclusion."),
        **_DELEGATEE,
        **_DELEGATOR,
        structure_finess=_FINESS,
        performed=_object(
            "Quand l’acte a eu lieu.", "start", start=_instant("Début."), end=_instant("Fin ; le début à défaut.")
        ),
        exam={
            "type": "object",
            "description": "Réponses par question (question, dans /protocols) ; null : demandé, et inconnu. "
            "Un acte réalisé porte une réponse à chaque question obligatoire.",
            "additionalProperties": {"type": ["boolean", "number", "string", "null"]},
        },
        prescriptions=_list(_ref("Prescription"), "Prescriptions de la liste limitative du protocole."),
        conclusion=_text("Conclusion du délégué."),
    ),
    "Prescription": _object(
        "Une prescription déléguée.",
        "activity",
        activity=_text("Élément de la liste limitative (activity, dans /protocols)."),
        text=_text("Libellé ; celui du protocole à défaut."),
        instructions=_text("Consignes au patient."),
    ),
    "Resultat": {
        "type": "object",
        "required": ["resources"],
        "properties": {
            "resources": _list(_text("Type/id/_history/version"), "Ressources FHIR qui en résultent, versionnées."),
            "act": _text("Acte (Procedure)."),
            "tasks": _list(_text("Tâche (Task)."), "Ce que le délégant doit lire."),
            "provenance": _text("Preuve de l’acte (Provenance)."),
            "deliveries": _list(
                {"type": "object", "properties": {"destination": _text("Destination."), "envelope": _text("Pli.")}},
                "Envois en cours.",
            ),
            "withheld": _list(
                {"type": "object", "properties": {"destination": _text("Destination."), "reason": _text("Motif.")}},
                "Envois qui n’auront pas lieu, et pourquoi.",
            ),
        },
    },
    "Protocols": _list(
        {
            "type": "object",
            "required": ["protocol", "title", "regime", "status", "start", "end", "acts", "exam"],
            "properties": {
                "protocol": _VERSIONED,
                "title": _text("Titre."),
                "regime": _text("national ou local."),
                "start": {"type": ["string", "null"], "description": "Premier jour ; null : en vigueur aucun jour."},
                "end": {"type": ["string", "null"], "description": "Dernier jour ; null : sans fin connue."},
                "status": _text("draft : définition incomplète, à ne jouer qu’avec des identités fictives."),
                "acts": _list({"type": "object"}, "Liste limitative des actes et des prescriptions."),
                "exam": _list(
                    {"type": "object"}, "Questions de l’examen, leur type, et si une réponse est obligatoire."
                ),
            },
        },
        "Les protocoles, par version.",
    ),
    "Declaration": {
        "type": "object",
        "required": ["protocol", "version", "title", "finess", "date", "declared", "difference", "uncovered_acts"],
        "properties": {
            "protocol": _text("Nom du protocole."),
            "version": {"type": "string", "description": "Version en vigueur ce jour-là ; vide s’il n’y en a pas."},
            "title": _text("Titre du protocole."),
            "finess": _FINESS,
            "date": _day("Jour regardé."),
            "declared": {
                "description": "La liste en vigueur ce jour-là ; null si rien n’était déclaré.",
                "oneOf": [{"type": "null"}, _ref("Liste")],
            },
            "difference": _ref("Ecart"),
            "uncovered_acts": _list(
                {
                    "type": "object",
                    "properties": {
                        "act": _text("Acte (Procedure)."),
                        "date": _day("Jour de l’acte."),
                        "reasons": _list(
                            _text("Motif.", enum=["no-declaration", "delegatee-not-listed", "delegator-not-listed"]),
                            "Pourquoi aucune déclaration ne le couvre.",
                        ),
                    },
                },
                "Actes réalisés sans déclaration en vigueur à leur date : signalés, jamais refusés ni effacés.",
            ),
            "acts_examined": {"type": "integer", "description": "Nombre d’actes regardés, les derniers de l’équipe."},
            "acts_left": _flag("Vrai : des actes plus anciens n’ont pas été regardés."),
            "remarks": _list(
                {
                    "type": "object",
                    "properties": {
                        "dossier": _text("Dossier, ou fichier."),
                        "row": {"type": "integer", "description": "Ligne ; absente pour le dossier entier."},
                        "aside": _flag("Vrai : écarté. Faux : repris, à vérifier."),
                        "text": _text("Une phrase en français, sans la valeur."),
                    },
                },
                "Ce qui a été écarté, ou repris avec un doute, dans le dernier état de chaque dossier.",
            ),
            "checks": _list(
                {"type": "object"}, "Avec verify : chaque membre, et yes, no ou unverified par l’annuaire."
            ),
        },
    },
    "Liste": {
        "type": "object",
        "required": ["dossier", "declared_on", "state", "members", "digest"],
        "properties": {
            "dossier": _text("Identifiant du dossier, ou du fichier."),
            "receipt": _text("Numéro donné par l’administration."),
            "declared_on": _day("Jour de la déclaration."),
            "state": _one_of(
                DeclarationState, "Où en est le dossier : déposé, en instruction, accepté, refusé, classé."
            ),
            "protocol": _VERSIONED,
            "structure": _text("Nom de la structure, tel que déclaré."),
            "referent": _text("Personne qui a déclaré."),
            "digest": _text("Empreinte SHA-256, en hexadécimal, de ce qui a été reçu."),
            "members": _list(_ref("Membre"), "Les professionnels de la liste."),
        },
    },
    "Membre": _object(
        "Un professionnel d’une liste déclarée.",
        "function family given profession",
        function=_one_of(Function, "Délégué (DELEGATEE) ou délégant (DELEGATOR)."),
        family=_text("Nom."),
        given=_text("Prénom."),
        profession=_text("Profession, TRE_G15."),
        rpps=_text("Numéro RPPS."),
        adeli=_text("Numéro ADELI, à défaut de numéro RPPS."),
        since=_day("Entrée dans l’équipe, quand la liste la dit."),
    ),
    "Ecart": {
        "type": "object",
        "required": ["joined", "left", "changed"],
        "description": "Ce qui est à déclarer de nouveau.",
        "properties": {
            "joined": _list(_ref("Membre"), "Actifs ce jour-là, absents de la liste."),
            "left": _list(_ref("Membre"), "Sur la liste, partis depuis."),
            "changed": _list(
                {"type": "object", "properties": {"declared": _ref("Membre"), "today": _ref("Membre")}},
                "D’une autre profession ou d’une autre fonction qu’à la déclaration.",
            ),
            "protocol": {
                "type": "object",
                "description": "Version déclarée et version en vigueur, quand elles diffèrent.",
                "properties": {"declared": _VERSIONED, "today": _VERSIONED},
            },
        },
    },
    "Fiche": _object(
        "La fiche d’identité d’une version : six questions, dont cinq rubriques obligatoires.",
        "protocol definition title short_title regime status source certainty on in_force period legal_basis questions "
        "missing to_validate versions previous changes completeness gaps annex_check override",
        protocol=_VERSIONED,
        definition=_text("Adresse canonique de la définition (PlanDefinition), avec sa version."),
        title=_text("Intitulé officiel."),
        short_title=_text("Titre court."),
        regime=_one_of(Regime, "Régime : coopération nationale ou locale."),
        status=_text("draft : projet, à ne jouer qu’avec des identités fictives.", enum=["draft", "active"]),
        source=_text("D’où l’identité est connue."),
        certainty=_ref("Certitude"),
        on=_day("Jour auquel la fiche est lue."),
        in_force=_flag("La version montrée est en vigueur ce jour-là."),
        period=_or_null(_ref("Vigueur")),
        legal_basis=_or_null(_ref("Enonce")),
        questions=_list(
            _object(
                "Une des six questions.",
                "question title items",
                question=_text("Clé.", enum=["pourquoi", "qui", "quoi", "quand", "comment", "ou"]),
                title=_text("Question."),
                items=_list(_ref("Rubrique"), "Ses rubriques."),
            ),
            "Les six questions, dans l’ordre de la fiche.",
        ),
        missing=_list(_text("Clé d’une rubrique."), "Rubriques obligatoires dont rien n’est connu."),
        to_validate={"type": "integer", "minimum": 0, "description": "Nombre d’énoncés à valider."},
        versions=_list(
            _object(
                "Une version du protocole.",
                "version title status period in_force",
                version=_text("Version."),
                title=_text("Intitulé de cette version."),
                status=_text("Statut.", enum=["draft", "active"]),
                period=_or_null(_ref("Vigueur")),
                in_force=_flag("En vigueur ce jour-là."),
            ),
            "Toutes les versions, de la plus ancienne à la plus récente.",
        ),
        previous=_or_null(_text("Version précédente.")),
        changes=_list(
            _object(
                "Ce qui change depuis la version précédente.",
                "heading kind before after",
                heading=_text("Ce dont il s’agit.", enum=list(HEADINGS)),
                kind=_one_of(ChangeKind, "Ajouté, retiré ou modifié."),
                before={"type": "string", "description": "Avant ; vide pour un ajout."},
                after={"type": "string", "description": "Après ; vide pour un retrait."},
            ),
            "Vide pour la première version.",
        ),
        completeness={
            "type": "object",
            "description": "Ce que la définition dit d’elle-même, partie par partie.",
            "propertyNames": {"enum": list(get_args(Section))},
            "additionalProperties": {"enum": list(get_args(Completeness))},
        },
        gaps=_list(_ref("Enonce"), "Ce qui a été cherché et n’a pas été trouvé."),
        annex_check=_or_null(
            _object("Contrôle sur l’annexe de l’arrêté.", "by on", by=_text("Qui."), on=_day("Quand."))
        ),
        override=_or_null(
            _object(
                "Un clinicien prend sur lui que les exclusions sont incomplètes.",
                "by on reason",
                by=_text("Qui."),
                on=_day("Quand."),
                reason=_text("Pourquoi."),
            )
        ),
    ),
    "Rubrique": _object(
        "Une rubrique de la fiche ; sans énoncé, rien n’en est connu.",
        "item title mandatory completeness statements",
        item=_text("Clé."),
        title=_text("Titre."),
        mandatory=_flag("Une des cinq rubriques obligatoires."),
        completeness=_or_null(_one_of(Completeness, "Ce que la définition dit de cette liste.")),
        statements=_list(_ref("Enonce"), "Ce qui est dit."),
    ),
    "Enonce": _object(
        "Une chose dite, et comment elle est connue.",
        "text source certainty to_validate details",
        text=_text("Ce qui est dit."),
        source=_text("D’où cela est connu."),
        certainty=_ref("Certitude"),
        to_validate=_flag("À valider : ne décide de rien, ou seulement dans un projet."),
        details=_list(_ref("Enonce"), "Ce qui est dit au-dessous."),
    ),
    "Certitude": _one_of(
        Certainty,
        "O source officielle, S source secondaire, G connaissance générale, D douteux, X cherché et non trouvé.",
    ),
    "Vigueur": _object(
        "Du premier au dernier jour, inclus ; end null : sans fin connue.",
        "start end",
        start=_day("Premier jour."),
        end=_or_null(_day("Dernier jour.")),
    ),
    "Description": {"type": "object", "description": "Un document OpenAPI 3.1."},
    "OperationOutcome": {
        "type": "object",
        "description": "Toutes les fautes trouvées (https://hl7.org/fhir/R4/operationoutcome.html).",
        "required": ["resourceType", "issue"],
        "properties": {
            "resourceType": {"const": "OperationOutcome"},
            "issue": _list(
                {
                    "type": "object",
                    "required": ["severity", "code", "details"],
                    "properties": {
                        "severity": _text("Gravité."),
                        "code": _text("Nature de la faute (https://hl7.org/fhir/R4/valueset-issue-type.html)."),
                        "details": {"type": "object", "properties": {"text": _text("Une phrase en français.")}},
                        "diagnostics": _text("La même, avec le texte sur lequel elle repose."),
                        "expression": _list(_text("Élément."), "L’élément en faute, par son chemin."),
                    },
                },
                "Une faute par élément de la liste.",
            ),
        },
    },
}
