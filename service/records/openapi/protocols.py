"""The catalogue and the identity sheet."""

from typing import Final, get_args

from mappings.domain.changes import HEADINGS, ChangeKind
from mappings.domain.evidence import Certainty
from mappings.domain.logic import Operator
from mappings.domain.protocol import Completeness, Regime, Section
from mappings.domain.protocol.form import ItemType
from service.records.openapi.shapes import VERSIONED, Schema, day, flag, list_of, one_of, or_null, record, ref, text

_SUSPENSION: Final[dict[str, Schema]] = {
    "period": ref("Vigueur"),
    "authority": text("Qui l’a décidée, en toutes lettres."),
    "reason": text("Pourquoi."),
    "source": text("Où la décision se lit."),
}
SCHEMAS: Final[dict[str, Schema]] = {
    "Protocols": list_of(
        {
            "type": "object",
            "required": ["protocol", "title", "regime", "status", "start", "end", "suspensions", "acts", "exam"],
            "properties": {
                "protocol": VERSIONED,
                "title": text("Titre."),
                "regime": text("national ou local."),
                "start": {"type": ["string", "null"], "description": "Premier jour ; null : en vigueur aucun jour."},
                "end": {"type": ["string", "null"], "description": "Dernier jour ; null : sans fin connue."},
                "suspensions": ref("Suspensions"),
                "status": text("draft : définition incomplète, à ne jouer qu’avec des identités fictives."),
                "acts": list_of(
                    {"type": "object"}, "Liste limitative des actes, des prescriptions et des délivrances."
                ),
                "exam": list_of(ref("Question"), "Questions de l’examen, dans leur ordre."),
            },
        },
        "Les protocoles, par version.",
    ),
    "Question": {
        "type": "object",
        "description": "Une question de l’examen : ce qu’il faut pour y répondre, dans « exam » d’un acte, sous son nom.",
        "required": "question type required text options unit unit_display minimum maximum loinc asked_when".split(),
        "additionalProperties": False,
        "properties": {
            "question": text("Nom de la question : la clé de sa réponse."),
            "type": one_of(ItemType, "Type de la réponse ; display : un texte à lire, sans réponse."),
            "required": flag("Une réponse est obligatoire."),
            "text": text("La question."),
            "options": or_null(
                list_of(
                    record(
                        "Un choix.",
                        "code display",
                        code=text("Code : la réponse."),
                        display=text("Libellé."),
                    ),
                    "Choix admis (type choice) ; null pour les autres types.",
                )
            ),
            "unit": or_null(text("Unité de la réponse (UCUM) ; null : sans unité.", examples=["mm", "Cel"])),
            "unit_display": or_null(
                text("Unité telle qu’elle se lit ; null : rien n’est à lire après la valeur.", examples=["mm", "°C"])
            ),
            "minimum": or_null({"type": "integer", "description": "Plus petite réponse admise ; null : sans borne."}),
            "maximum": or_null({"type": "integer", "description": "Plus grande réponse admise ; null : sans borne."}),
            "loinc": or_null(text("Code LOINC de la mesure que la réponse fait ; null : aucune.")),
            "asked_when": or_null(
                record(
                    "La question ne se pose que si une autre réponse est telle ; null : elle se pose toujours.",
                    "question operator value",
                    question=text("Nom de l’autre question."),
                    operator=one_of(Operator, "Comparaison."),
                    value={
                        "type": ["boolean", "number", "string"],
                        "description": "Valeur comparée ; un code pour un choix.",
                    },
                )
            ),
        },
    },
    "Fiche": record(
        "La fiche d’identité d’une version : six questions, dont cinq rubriques obligatoires.",
        "protocol definition title short_title regime status source certainty on in_force suspensions period legal_basis "
        "questions includes_nobody missing to_validate versions previous changes completeness gaps annex_check override",
        protocol=VERSIONED,
        definition=text("Adresse canonique de la définition (PlanDefinition), avec sa version."),
        title=text("Intitulé officiel."),
        short_title=text("Titre court."),
        regime=one_of(Regime, "Régime : coopération nationale ou locale."),
        status=text("draft : projet, à ne jouer qu’avec des identités fictives.", enum=["draft", "active"]),
        source=text("D’où l’identité est connue."),
        certainty=ref("Certitude"),
        on=day("Jour auquel la fiche est lue."),
        in_force=flag("Les dates de la version montrée couvrent ce jour ; une suspension n’y change rien."),
        suspensions=ref("Suspensions"),
        period=or_null(ref("Vigueur")),
        legal_basis=or_null(ref("Enonce")),
        questions=list_of(
            record(
                "Une des six questions.",
                "question title items",
                question=text("Clé.", enum=["pourquoi", "qui", "quoi", "quand", "comment", "ou"]),
                title=text("Question."),
                items=list_of(ref("Rubrique"), "Ses rubriques."),
            ),
            "Les six questions, dans l’ordre de la fiche.",
        ),
        includes_nobody=list_of(
            text("Critère d’inclusion."),
            "Critères d’inclusion que le texte connu laisse ouverts : s’il y en a, nul patient n’est inclus.",
        ),
        missing=list_of(text("Clé d’une rubrique."), "Rubriques obligatoires dont rien n’est connu."),
        to_validate={"type": "integer", "minimum": 0, "description": "Nombre d’énoncés à valider."},
        versions=list_of(
            record(
                "Une version du protocole.",
                "version title status period in_force",
                version=text("Version."),
                title=text("Intitulé de cette version."),
                status=text("Statut.", enum=["draft", "active"]),
                period=or_null(ref("Vigueur")),
                in_force=flag("En vigueur ce jour-là."),
            ),
            "Toutes les versions, de la plus ancienne à la plus récente.",
        ),
        previous=or_null(text("Version précédente.")),
        changes=list_of(
            record(
                "Ce qui change depuis la version précédente.",
                "heading kind before after",
                heading=text("Ce dont il s’agit.", enum=list(HEADINGS)),
                kind=one_of(ChangeKind, "Ajouté, retiré ou modifié."),
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
        gaps=list_of(ref("Enonce"), "Ce qui a été cherché et n’a pas été trouvé."),
        annex_check=or_null(record("Contrôle sur l’annexe de l’arrêté.", "by on", by=text("Qui."), on=day("Quand."))),
        override=or_null(
            record(
                "Un clinicien prend sur lui que les exclusions sont incomplètes.",
                "by on reason",
                by=text("Qui."),
                on=day("Quand."),
                reason=text("Pourquoi."),
            )
        ),
    ),
    "Suspensions": record(
        "Ce que les autorités ont suspendu, lu ce jour-là. Nul ne peut agir sous un protocole suspendu, quelles que "
        "soient ses dates.",
        "known protocol coming structures",
        known=flag("false : les suspensions enregistrées ne se lisent plus ; le protocole est tenu pour suspendu."),
        protocol=or_null(ref("Suspension")),
        coming=or_null(ref("Suspension")),
        structures=list_of(
            record(
                "La mise en œuvre par une structure, suspendue ce jour-là.",
                "structure_finess name period authority reason source",
                structure_finess=or_null(text("FINESS ; null : la structure n’est plus connue.")),
                name=or_null(text("Nom de la structure.")),
                **_SUSPENSION,
            ),
            "Suspensions bornées à une structure.",
        ),
    ),
    "Suspension": record(
        "Une décision de suspendre ; end null : jusqu’à ce qu’elle soit levée.",
        "period authority reason source",
        **_SUSPENSION,
    ),
    "Rubrique": record(
        "Une rubrique de la fiche ; sans énoncé, rien n’en est connu.",
        "item title mandatory completeness statements",
        item=text("Clé."),
        title=text("Titre."),
        mandatory=flag("Une des cinq rubriques obligatoires."),
        completeness=or_null(one_of(Completeness, "Ce que la définition dit de cette liste.")),
        statements=list_of(ref("Enonce"), "Ce qui est dit."),
    ),
    "Enonce": record(
        "Une chose dite, et comment elle est connue.",
        "text source certainty to_validate details",
        text=text("Ce qui est dit."),
        source=text("D’où cela est connu."),
        certainty=ref("Certitude"),
        to_validate=flag("À valider : ne décide de rien, ou seulement dans un projet."),
        details=list_of(ref("Enonce"), "Ce qui est dit au-dessous."),
    ),
    "Certitude": one_of(
        Certainty,
        "O source officielle, S source secondaire, G connaissance générale, D douteux, X cherché et non trouvé.",
    ),
    "Vigueur": record(
        "Du premier au dernier jour, inclus ; end null : sans fin connue.",
        "start end",
        start=day("Premier jour."),
        end=or_null(day("Dernier jour.")),
    ),
}
