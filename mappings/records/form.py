"""Which field of which revision of the State's procedure says what: read from a TOML file, never guessed.

The number, the title and the fields of the real procedure (« démarche ») are not known: they are configuration. Fields
change with the revision of the procedure, and a revision that the file does not tell is read by nobody's luck.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mappings.codes.facilities import FACILITIES
from mappings.codes.health_professions import HEALTH_PROFESSIONS
from mappings.domain.cooperation import Function
from mappings.elements import Element
from mappings.issues import Issue, Refused
from mappings.records.roster import Words, key_of

#: What a dossier says of its team, by the file's own keys; the first ones must be told.
FIELDS: Final = ("protocole", "finess", "structure", "secteur", "referent", "courriel", "telephone")
_NEEDED: Final = ("protocole", "finess")
#: What a row of the team says: the file's key → the name of the column.
COLUMNS: Final[Mapping[str, str]] = {
    "nom": "family",
    "prenom": "given",
    "profession": "profession",
    "fonction": "function",
    "rpps": "rpps",
    "adeli": "adeli",
    "entree": "since",
}
_NEEDED_COLUMNS: Final = ("nom", "prenom", "profession", "rpps")
_FUNCTIONS: Final[dict[str, Function]] = {"DELEGATOR": "DELEGATOR", "DELEGATEE": "DELEGATEE"}


@dataclass(frozen=True, slots=True)
class Source:
    """One field, by its stable id or by its label; among the annotations of the administration when it says so."""

    id: str
    label: str
    annotation: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Where each thing stands in one revision."""

    fields: Mapping[str, Source]
    team: Source
    columns: Mapping[str, Source]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The procedure as this installation knows it."""

    number: int
    #: By ``key_of`` of the label: the protocol's name, without version.
    protocols: Mapping[str, str]
    #: By ``key_of`` of the label: TRE_R02.
    facilities: Mapping[str, str]
    words: Words
    revisions: Mapping[str, Revision]


def form_from_toml(text: str) -> Form:
    """``Refused`` with every fault of the file."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise Refused(Issue("structure", "demarche", "Ce fichier n’est pas du TOML.")) from None
    top = Element(told, "demarche")
    top.only(("demarche", "libelles", "revisions"))
    number = told.get("demarche")
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        top.fault("value", "demarche", "Le numéro de la démarche est un entier positif.")
    labels = top.child("libelles") if top.has("libelles") else Element({}, "demarche.libelles", top.faults)
    labels.only(("protocoles", "professions", "fonctions", "secteurs"))
    revisions: dict[str, Revision] = {}
    for each in top.children("revisions"):
        id_ = each.text("id")
        if id_ in revisions:
            each.fault("duplicate", "id", "Cette révision est décrite deux fois.")
        revisions[id_] = _revision(each)
    if not revisions:
        top.fault("required", "revisions", "Au moins une révision est attendue.")
    form = Form(
        number=number if isinstance(number, int) else 0,
        protocols=_labels(labels, "protocoles", None),
        facilities=_labels(labels, "secteurs", FACILITIES),
        words=Words(
            professions=_labels(labels, "professions", HEALTH_PROFESSIONS),
            functions={
                k: _FUNCTIONS[v] for k, v in _labels(labels, "fonctions", _FUNCTIONS).items() if v in _FUNCTIONS
            },
        ),
        revisions=revisions,
    )
    top.refuse_faults()
    return form


def _labels(labels: Element, name: str, codes: Mapping[str, Any] | None) -> dict[str, str]:
    """Label → code, one of ``codes`` when there are any."""
    found: dict[str, str] = {}
    for label, code in (labels.json.get(name) or {}).items():
        if not isinstance(code, str) or not code.strip() or (codes is not None and code not in codes):
            labels.fault("code-invalid", name, f"« {label} » ne désigne aucun code connu.")
            continue
        found[key_of(label)] = code
    return found


def _revision(element: Element) -> Revision:
    element.only(("id", "champs", "equipe"))
    fields, team = element.child("champs"), element.child("equipe")
    fields.only(FIELDS)
    team.only(("champ", *COLUMNS))
    for holder, needed in ((fields, _NEEDED), (team, ("champ", *_NEEDED_COLUMNS))):
        for key in needed:
            if not holder.has(key):
                holder.fault("required", key, f"« {key} » est obligatoire.")
    return Revision(
        fields={key: _source(fields, key) for key in FIELDS if fields.has(key)},
        team=_source(team, "champ"),
        columns={name: _source(team, key) for key, name in COLUMNS.items() if team.has(key)},
    )


def _source(holder: Element, key: str) -> Source:
    if not holder.has(key):
        return Source("", "", annotation=False)
    told = holder.child(key)
    told.only(("id", "libelle", "annotation"))
    id_, label = told.optional_text("id"), told.optional_text("libelle")
    if bool(id_) == bool(label):
        told.fault("value", "", "Un champ se désigne par son id, ou par son libellé.")
    return Source(id_, key_of(label), annotation=told.json.get("annotation") is True)
