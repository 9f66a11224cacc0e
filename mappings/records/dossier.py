"""A dossier of the State portal becomes a declaration: the list of a team, from an instant on.

GraphQL API v2 of « démarche numérique »; of a field only ``champDescriptorId``, ``label``, ``stringValue`` and the rows
of a repetition are read, which every type of field has. What cannot be told puts the dossier aside, with its reason.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from mappings.codes.identifiers import is_finess
from mappings.domain.declaration import Declaration, DeclarationState, Member, Referent, Remark
from mappings.domain.protocol import Protocol
from mappings.elements import Json, parse_instant
from mappings.records.form import Form, Revision, Source
from mappings.records.roster import Row, key_of, read_members

_STATES: Final[dict[str, DeclarationState]] = {
    "en_construction": "lodged",
    "en_instruction": "examined",
    "accepte": "accepted",
    "refuse": "refused",
    "sans_suite": "closed",
}
#: Longest text taken from a field, characters.
_LONGEST: Final = 2000


def declaration_from_dossier(node: Any, form: Form, catalogue: Mapping[str, Protocol]) -> Declaration | None:
    """What the dossier declares, whole or with what was put aside of it; None when it tells neither number nor dates."""
    head = _head(node)
    if head is None:
        return None
    number, state, lodged, listed, modified = head
    empty = Declaration(
        dossier=dossier_identifier(form.number, number),
        receipt=str(number),
        declared=max(lodged, listed),
        modified=modified,
        state=state,
        decided=_instant(node.get("dateTraitement")),
        reason=_text(node.get("motivation")),
        digest=hashlib.sha256(canonical_bytes(node)).digest(),
        authority=_authority(node.get("groupeInstructeur")),
        revision=_revision_id(node),
    )
    revision = form.revisions.get(empty.revision)
    if revision is None:
        text = "la révision de la démarche n’est pas décrite dans la configuration."
        return replace(empty, remarks=(Remark(row=0, text=text, aside=True),))
    return _read(node, revision, form, catalogue, empty)


def dossier_identifier(demarche: int, number: int) -> str:
    return f"{demarche}-{number}"


def canonical_bytes(node: Json) -> bytes:
    """The same bytes for the same dossier, in whatever order its keys came."""
    return json.dumps(node, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


def version_on(catalogue: Mapping[str, Protocol], name: str, day: dt.date) -> Protocol | None:
    """The version of a protocol in force on ``day``."""
    return next((p for p in catalogue.values() if p.id == name and p.in_force(day)), None)


def _read(
    node: Json, revision: Revision, form: Form, catalogue: Mapping[str, Protocol], empty: Declaration
) -> Declaration:
    said = _Said(node, revision)
    day = empty.day
    faults = list(said.faults)
    name = form.protocols.get(key_of(said.field("protocole")), "")
    protocol = version_on(catalogue, name, day) if name else None
    finess = said.field("finess").replace(" ", "").upper()
    if not said.field("protocole"):
        faults.append("le protocole manque.")
    elif not name:
        faults.append("le protocole n’est pas décrit dans la configuration.")
    elif protocol is None:
        faults.append("aucune version de ce protocole n’était en vigueur à la date de la déclaration.")
    if not is_finess(finess):
        faults.append("le numéro FINESS manque ou ne compte pas 9 caractères.")
    members: tuple[Member, ...] = ()
    remarks: tuple[Remark, ...] = ()
    if protocol is not None:
        members, remarks = read_members(said.rows(), protocol, day, form.words)
        if not members:
            faults.append("aucun professionnel de la liste n’a pu être repris.")
    return replace(
        empty,
        protocol=protocol.canonical if protocol else "",
        finess=finess if is_finess(finess) else "",
        structure=said.field("structure"),
        facility_type=form.facilities.get(key_of(said.field("secteur")), ""),
        referent=_referent(said),
        members=() if faults else members,
        remarks=(*(Remark(row=0, text=text, aside=True) for text in faults), *remarks, *missing_functions(members)),
    )


def missing_functions(members: Sequence[Member]) -> Iterator[Remark]:
    """A team needs one délégant and one délégué at least; a list without is kept, and told."""
    for function, name in (("DELEGATOR", "délégant"), ("DELEGATEE", "délégué")):
        if members and all(m.function != function for m in members):
            yield Remark(row=0, text=f"la liste ne compte aucun {name}.", aside=False)


def _referent(said: "_Said") -> Referent | None:
    name = said.field("referent")
    return Referent(name=name, email=said.field("courriel"), phone=said.field("telephone")) if name else None


class _Said:
    """The fields of a dossier, by what the revision says they are."""

    def __init__(self, node: Json, revision: Revision) -> None:
        self._revision = revision
        self.faults: list[str] = []
        self._champs = self._list(node.get("champs"))
        self._annotations = self._list(node.get("annotations") or [])

    def field(self, key: str) -> str:
        source = self._revision.fields.get(key)
        found = self._find(source) if source else None
        return " ".join(_text(found.get("stringValue")).split()) if found else ""

    def rows(self) -> Iterator[Row]:
        """Numbered from one, as the form shows them."""
        found = self._find(self._revision.team)
        rows = found.get("rows") if found else None
        if not isinstance(rows, list):
            return
        for number, row in enumerate(rows, 1):
            champs = row.get("champs") if isinstance(row, dict) else None
            if not isinstance(champs, list):
                yield Row(number, {}, "elle n’est pas lisible.")
                continue
            cells = {
                name: _text(one.get("stringValue"))
                for name, source in self._revision.columns.items()
                if (one := _named(champs, source)) is not None
            }
            yield Row(number, cells)

    def _find(self, source: Source) -> Json | None:
        return _named(self._annotations if source.annotation else self._champs, source)

    def _list(self, value: Any) -> list[Json]:
        if not isinstance(value, list):
            self.faults.append("les champs du dossier ne sont pas lisibles.")
            return []
        return [one for one in value if isinstance(one, dict)]


def _named(champs: Sequence[Any], source: Source) -> Json | None:
    for one in champs:
        if not isinstance(one, dict):
            continue
        if source.id and one.get("champDescriptorId") == source.id:
            return one
        if source.label and key_of(_text(one.get("label"))) == source.label:
            return one
    return None


def _head(node: Any) -> tuple[int, DeclarationState, dt.datetime, dt.datetime, dt.datetime] | None:
    """Number, state, lodging, last change of the list, last change; None when one of them is not told."""
    if not isinstance(node, dict):
        return None
    number, state = node.get("number"), _STATES.get(_text(node.get("state")))
    lodged, modified = _instant(node.get("dateDepot")), _instant(node.get("dateDerniereModification"))
    listed = _instant(node.get("dateDerniereModificationChamps"))
    told = isinstance(number, int) and not isinstance(number, bool) and number > 0
    if not told or state is None or lodged is None or modified is None or listed is None:
        return None
    return int(number or 0), state, lodged, listed, modified


def _instant(value: Any) -> dt.datetime | None:
    """In UTC: one instant is written in one way."""
    instant = parse_instant(value) if isinstance(value, str) else None
    return instant.astimezone(dt.UTC) if instant else None


def _authority(value: Any) -> tuple[str, str]:
    if not isinstance(value, dict):
        return "", ""
    number = value.get("number")
    return (str(number) if isinstance(number, int) else "", _text(value.get("label")))


def _revision_id(node: Json) -> str:
    procedure = node.get("demarche")
    revision = procedure.get("revision") if isinstance(procedure, dict) else None
    return _text(revision.get("id")) if isinstance(revision, dict) else ""


def _text(value: Any) -> str:
    """A text as it can be written: what cannot be seen of it is left out, and what is longer than any field is cut."""
    if not isinstance(value, str):
        return ""
    return "".join(" " if c.isspace() else c for c in value[:_LONGEST] if c.isspace() or c.isprintable()).strip()
