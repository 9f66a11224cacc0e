"""What may be typed after ``binome``, and its help, in French: an operator in France types it."""

import argparse
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NoReturn

from mappings.codes.identifiers import is_finess, is_rpps

#: What argparse says of a line that it cannot read, by what it says in English.
_FAULTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(english), french)
    for english, french in (
        (r"the following arguments are required: (.+)", r"il manque : \1"),
        (r"unrecognized arguments: (.+)", r"argument inconnu : \1"),
        (r"argument (.+): expected one argument", r"\1 : une valeur est attendue"),
        (
            r"argument (.+?): invalid choice: '(.*)' \(choose from (.+)\)",
            r"\1 : « \2 » n’est pas admis, mais l’un de \3",
        ),
        (r"argument (.+?): ignored explicit argument '(.*)'", r"\1 : « \2 » est de trop, aucune valeur n’est attendue"),
        (r"ambiguous option: (.+) could match (.+)", r"\1 est ambigu : \2"),
        (r"one of the arguments (.+) is required", r"il faut l’un de \1"),
        # What a type of ours says, in French by itself.
        (r"argument (.+?): (.+)", r"\1 : \2"),
    )
)
_PROTOCOL: Final = "nom du protocole, sans version"


def line() -> argparse.ArgumentParser:
    """The commands; a line that cannot be read ends the process with 2 and a French sentence."""
    parser = _Line(prog="binome", description="Actes délégués sous protocole de coopération.")
    commands = parser.add_subparsers(
        dest="command", required=True, title="commandes\N{NO-BREAK SPACE}", metavar="COMMANDE"
    )
    for tell in (_serving, _showing, _mending, _importing, _overseeing, _reporting, _checking):
        tell(commands)
    return parser


def french(message: str) -> str:
    """What argparse says, in French; as it is when it is not known."""
    for english, told in _FAULTS:
        if found := english.fullmatch(message):
            return found.expand(told)
    return message


def _rpps(text: str) -> str:
    if not is_rpps(text):
        raise argparse.ArgumentTypeError("un numéro RPPS compte 11 chiffres, dont le dernier est une clé")
    return text


def _finess(text: str) -> str:
    if not is_finess(text):
        raise argparse.ArgumentTypeError("un numéro FINESS compte 9 caractères")
    return text


def _session(text: str) -> tuple[str, str]:
    token, equals, box = text.partition("=")
    if not (token and equals and box):
        raise argparse.ArgumentTypeError("un jeton et sa boîte s’écrivent JETON=BOÎTE")
    return token, box


class _Help(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "usage : " if prefix is None else prefix)


class _Line(argparse.ArgumentParser):
    def __init__(self, **told: Any) -> None:
        super().__init__(**told, add_help=False, formatter_class=_Help)
        # argparse puts the colon after a title; a no-break space before it, as French has it.
        self._positionals.title, self._optionals.title = "arguments\N{NO-BREAK SPACE}", "options\N{NO-BREAK SPACE}"
        self.add_argument("-h", "--help", action="help", help="montre cette aide")

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog} : {french(message)}\n")


def _serving(commands: Any) -> None:
    serve = commands.add_parser("serve", help="sert FHIR, les enregistrements à plat et la console")
    serve.add_argument(
        "--demonstration", action="store_true", help="avec le bac à sable, les envois et les données de démonstration"
    )
    commands.add_parser("worker", help="fait les envois")
    commands.add_parser("fetch-mail", help="relève chaque boîte une fois, puis lit tout ce qui attend")
    commands.add_parser("demo", help="joue un acte de bout en bout, sur de vraies connexions, et le prouve")


def _showing(commands: Any) -> None:
    sandbox = commands.add_parser("sandbox", help="tient lieu de destinataires : SMTP, IMAP, XDS.b, PDSm, annuaire")
    sandbox.add_argument(
        "--mail-certificate",
        default="",
        metavar="FICHIER",
        help="certificat (PEM) : le courriel ne passe alors que sous STARTTLS",
    )
    sandbox.add_argument("--mail-key", default="", metavar="FICHIER", help="clé (PEM) de ce certificat")
    sandbox.add_argument(
        "--mail-login",
        choices=("none", "certificate", "xoauth2"),
        default="none",
        help="ce qu’une boîte doit montrer : rien, un certificat ou un jeton",
    )
    sandbox.add_argument(
        "--mail-authorities",
        default="",
        metavar="FICHIER",
        help="autorités (PEM) des certificats de ceux qui se connectent",
    )
    sandbox.add_argument(
        "--mail-session",
        type=_session,
        action="append",
        default=[],
        metavar="JETON=BOÎTE",
        help="un jeton de renouvellement et la boîte qu’il ouvre",
    )
    load = commands.add_parser("load", help="transmet un scénario à un service en marche")
    load.add_argument("folder", type=Path, metavar="DOSSIER", help="dossier du scénario")
    load.add_argument(
        "--base", default="http://127.0.0.1:8080", metavar="ADRESSE", help="adresse du service (%(default)s)"
    )
    token = commands.add_parser("token", help="donne le jeton de développement d’un professionnel (boucle locale)")
    token.add_argument("rpps", type=_rpps, metavar="RPPS", help="numéro RPPS du professionnel")
    token.add_argument(
        "--structure",
        type=_finess,
        default=None,
        metavar="FINESS",
        help="numéro FINESS : le jeton ne lit et n’écrit alors que pour cette structure",
    )


def _mending(commands: Any) -> None:
    verify = commands.add_parser("verify", help="recalcule toutes les preuves sur les octets enregistrés")
    verify.add_argument("--chain", default=None, metavar="CHAÎNE", help="cette chaîne seulement ; toutes à défaut")
    trace = commands.add_parser("trace", help="montre tout ce qui concerne un acte (Bundle FHIR)")
    trace.add_argument("procedure", metavar="ACTE", help="identifiant de l’acte (Procedure)")


def _importing(commands: Any) -> None:
    come_in = commands.add_parser("import", help="relève les équipes déclarées : portail de l’État, ou fichier")
    sources = come_in.add_subparsers(dest="source", required=True, title="sources\N{NO-BREAK SPACE}", metavar="SOURCE")
    portal = sources.add_parser("portal", help="les dossiers modifiés depuis la dernière relève")
    portal.add_argument(
        "--all", action="store_true", help="tous les dossiers, après un changement de BINOME_PORTAL_FORM"
    )
    team = sources.add_parser("team", help="une liste de professionnels (CSV ou xlsx), en entier ou pas du tout")
    team.add_argument("file", type=Path, metavar="FICHIER", help="la liste")
    team.add_argument("--protocol", required=True, metavar="PROTOCOLE", help=_PROTOCOL)
    team.add_argument("--finess", required=True, metavar="FINESS", help="numéro FINESS de la structure")
    team.add_argument("--date", default="", metavar="JOUR", help="jour de la liste ; aujourd’hui à défaut")
    team.add_argument("--structure", default="", metavar="NOM", help="nom de la structure")
    team.add_argument(
        "--lodged", action="store_true", help="la liste a été déposée ce jour-là ; sinon, c’est un brouillon"
    )


def _overseeing(commands: Any) -> None:
    nightly = commands.add_parser(
        "nightly", help="fait ce que les dates commandent : formations échues, tâches en retard, revues à faire"
    )
    nightly.add_argument("--date", default="", metavar="JOUR", help="le jour ; aujourd’hui à défaut")
    commands.add_parser("escalate", help="adresse au suivant les tâches sans réponse ; toutes les quelques minutes")
    for name, words, first in (
        ("suspend", "suspend un protocole, ou sa mise en œuvre par une structure", "premier jour suspendu"),
        ("resume", "met fin à une suspension", "premier jour qui n’est plus suspendu"),
    ):
        decision = commands.add_parser(name, help=words)
        decision.add_argument("protocol", metavar="PROTOCOLE", help=_PROTOCOL)
        decision.add_argument("--date", required=True, metavar="JOUR", help=first)
        decision.add_argument(
            "--authority", required=True, metavar="AUTORITÉ", help="qui l’a décidé, l’ARS le plus souvent"
        )
        decision.add_argument("--reason", required=True, metavar="MOTIF", help="motif de la décision")
        decision.add_argument("--source", required=True, metavar="SOURCE", help="où la décision peut être lue")
        decision.add_argument(
            "--finess",
            type=_finess,
            default=None,
            metavar="FINESS",
            help="numéro FINESS de la structure ; partout à défaut",
        )
    review = commands.add_parser("review", help="enregistre la revue annuelle d’un protocole")
    review.add_argument("protocol", metavar="PROTOCOLE", help=_PROTOCOL)
    review.add_argument("--date", default="", metavar="JOUR", help="le jour ; aujourd’hui à défaut")
    review.add_argument("--by", required=True, metavar="NOM", help="nom de qui l’a revu")
    review.add_argument("--rpps", type=_rpps, required=True, metavar="RPPS", help="numéro RPPS de qui l’a revu")
    review.add_argument(
        "--changed-to", default="", metavar="VERSION", help="version sortie de la revue ; sans changement à défaut"
    )
    review.add_argument("--reason", default="", metavar="MOTIF", help="ce que la revue a montré")


def _reporting(commands: Any) -> None:
    letters = commands.add_parser("letters", help="liste les envois qui n’ont pas abouti, ou en fait reprendre un")
    letters.add_argument("--replay", default="", metavar="ENVELOPPE", help="fait reprendre cet envoi")
    letters.add_argument(
        "--by", type=_rpps, default=None, metavar="RPPS", help="numéro RPPS de qui le demande, nommé dans la preuve"
    )
    visibility = commands.add_parser(
        "visibility", help="dit comment un compte rendu se montre au dossier partagé, ou demande de le changer"
    )
    visibility.add_argument("procedure", metavar="ACTE", help="identifiant de l’acte (Procedure)")
    visibility.add_argument(
        "--by", type=_rpps, required=True, metavar="RPPS", help="numéro RPPS du délégué ou du délégant de l’acte"
    )
    visibility.add_argument("--masked", choices=("yes", "no"), help="masqué aux professionnels ; inchangé à défaut")
    visibility.add_argument("--hidden", choices=("yes", "no"), help="caché au patient ; inchangé à défaut")
    visibility.add_argument(
        "--archive", action="store_true", help="archive pour toujours ; le délégué seul peut le demander"
    )
    visibility.add_argument("--reason", default="", metavar="MOTIF", help="motif de la demande")


def _checking(commands: Any) -> None:
    check = commands.add_parser("check", help="dit ce qui manque à un dossier de protocole")
    checks = check.add_subparsers(dest="what", required=True, title="vérifications\N{NO-BREAK SPACE}", metavar="QUOI")
    for what, words in (
        ("protocol", "un dossier, point par point"),
        ("catalogue", "tous les dossiers, une ligne par version"),
    ):
        checked = checks.add_parser(what, help=words)
        checked.add_argument("folder", type=Path, metavar="DOSSIER", help="dossier à vérifier")
        checked.add_argument(
            "--published", action="store_true", help="compare aussi à ce que cette installation a publié"
        )
