"""FHIR datatypes: built by hand, read strictly (R4 4.0.1, https://hl7.org/fhir/R4/datatypes.html).

Here lives how FHIR spells an identifier, a reference, a coding, an extension, a date.
What a patient or an act is must not be known here.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, Self, TypeVar

from mappings.codes import systems
from mappings.domain.cooperation import Period
from mappings.domain.people import Address
from mappings.elements import Element, Json, parse_date, parse_instant

T = TypeVar("T")

_ID: Final = r"[A-Za-z0-9\-.]{1,64}"
_VALUE: Final = re.compile(r"\bvalue[A-Z][A-Za-z]*")
_REFERENCE: Final = re.compile(rf"([A-Z][A-Za-z]+)/({_ID})(/_history/{_ID})?")
#: Kinds of mailbox, TRE_R257: personal, cabinet, organisation, application.
MailboxKind = Literal["PER", "CAB", "ORG", "APP"]
_MAILBOX_KIND: Final = "https://mos.esante.gouv.fr/NOS/TRE_R257-TypeBAL/FHIR/TRE-R257-TypeBAL"
_MAIL_TYPE: Final = f"{systems.FR_CORE}fr-core-contact-point-email-type"
_MAILBOX_METADATA: Final = (
    "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata"
)
_NO_PERIOD: Final = Period(start=dt.date.min)

# ── building ──────────────────────────────────────────────────────────────────────────────────────────────


def coding(system: str, code: str, display: str = "") -> Json:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def codeable_concept(*codings: Json, text: str = "") -> Json:
    return ({"coding": list(codings)} if codings else {}) | ({"text": text} if text else {})


def identifier(system: str, value: str, *, use: str = "", type: Json | None = None) -> Json:
    """``type`` is one Coding, e.g. RPPS or PI."""
    return (
        ({"use": use} if use else {})
        | ({"type": codeable_concept(type)} if type else {})
        | {"system": system, "value": value}
    )


def reference(type: str, id: str, identifier: Json | None = None) -> Json:
    """A literal reference, with the business identifier beside it when known (``:identifier`` searches need it)."""
    return {"reference": f"{type}/{id}"} | ({"identifier": identifier} if identifier else {})


def rpps_reference(type: str, id: str, rpps: str) -> Json:
    """A reference to a professional or an enrolment, with the RPPS of the person."""
    return reference(type, id, identifier(systems.RPPS, rpps))


def extension(url: str, **value: Any) -> Json:
    """``extension(url, valueCode="active")``, or ``extension(url, extension=[…])`` for a complex one."""
    return {"url": url, **value}


def meta(*profiles: str, fictitious: bool = False) -> Json:
    """Profiles claimed; data that is about nobody bears the label HTEST (v3-ActReason)."""
    security = {"security": [coding(systems.ACT_REASON, "HTEST")]} if fictitious else {}
    return {"profile": list(profiles)} | security


def mailbox(address: str, kind: MailboxKind) -> Json:
    """An MSSanté mailbox as ``as-mailbox-mss`` of the Annuaire Santé has it."""
    kind_of_box = extension("type", valueCodeableConcept=codeable_concept(coding(_MAILBOX_KIND, kind)))
    metadata = extension(_MAILBOX_METADATA, extension=[kind_of_box])
    return {"extension": [_MSSANTE, metadata], "system": "email", "value": address}


def print_address(address: Address) -> Json:
    return (
        ({"line": list(address.lines)} if address.lines else {})
        | ({"city": address.city} if address.city else {})
        | ({"postalCode": address.postal_code} if address.postal_code else {})
    )


def print_date(day: dt.date) -> str:
    return day.isoformat()


def print_instant(instant: dt.datetime) -> str:
    """With the offset it has; a naive one is our defect."""
    if instant.tzinfo is None:
        raise ValueError("an instant without offset cannot be written")
    return instant.isoformat()


def print_period(period: Period) -> Json:
    return {"start": print_date(period.start)} | ({"end": print_date(period.end)} if period.end else {})


#: Not a builder but a value: what marks an e-mail address as MSSanté.
_MSSANTE: Final = extension(_MAIL_TYPE, valueCoding=coding(systems.MAILBOX_TYPE, "MSSANTE"))

# ── looking into JSON already accepted ────────────────────────────────────────────────────────────────────


def reference_id(reference: Json | None, type: str) -> str:
    """Logical id out of ``Type/id`` or ``Type/id/_history/n``; empty when it points to another type or another server."""
    match = _REFERENCE.fullmatch(str((reference or {}).get("reference", "")))
    return match[2] if match and match[1] == type else ""


def canonical_parts(canonical: str) -> tuple[str, str]:
    """``url|version`` → (url, version); the version is empty when absent."""
    url, _, version = canonical.partition("|")
    return url, version


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────


class FhirElement(Element):
    """A FHIR element being read; its paths are FHIRPath."""

    __slots__ = ()

    @classmethod
    def of_resource(cls, resource: object, type: str) -> Self:
        """Refuses at once what is not a resource of that type: nothing else could be said of it."""
        element = cls(resource, type)
        if element.json.get("resourceType") != type:
            element.fault("structure", "", f"Une ressource {type} est attendue.")
        element.refuse_faults()
        return element

    def at(self, key: str) -> str:
        """FHIRPath drops the type of a choice: ``valueCode`` is ``value``."""
        return super().at(_VALUE.sub("value", key) if "value" in key else key)

    def id_or(self, derived: str) -> str:
        """The resource's own id, else the one derived from its business identifier."""
        return self.optional_text("id") or derived

    def extensions(self, url: str) -> list[Self]:
        return [e for e in self.children("extension") if e.json.get("url") == url] if "extension" in self.json else []

    def extension(self, url: str) -> Self:
        """The one extension of that url; an absent one reads as empty, so that its value is asked for by name."""
        found = self.extensions(url)
        if len(found) > 1:
            self.fault("structure", f"extension('{url}')", "Cette extension ne peut figurer qu’une fois.")
        return found[0] if found else self.absent(f"extension('{url}')")

    def identifier(self, system: str, *, required: bool = True) -> str:
        """Value of the identifier of one system; several distinct ones leave us not knowing which."""
        found = {i.text("value"): i for i in self.children("identifier") if i.json.get("system") == system}
        if not found and required:
            self.fault("required", "identifier", f"Un identifiant du système {system} est obligatoire.")
        if len(found) > 1:
            self.fault("value", "identifier", f"Un seul identifiant du système {system} est attendu.")
        return next(iter(found), "")

    def codings(self, key: str) -> list[Self]:
        """Every Coding of a CodeableConcept, or of a list of them."""
        if key not in self.json:
            return []
        concepts = self.children(key) if isinstance(self.json.get(key), list) else [self.child(key)]
        return [coding for concept in concepts for coding in concept.children("coding")]

    def code(self, key: str, system: str, allowed: Mapping[str, T]) -> T:
        """What the one required code of a system stands for; codes of other systems do not count."""
        codes = {c.text("code") for c in self.codings(key) if c.json.get("system") == system}
        known = [code for code in allowed if code in codes]
        if len(codes) == 1 and known:
            return allowed[known[0]]
        text = f"« {key} » doit porter un seul code du système {system} parmi : {', '.join(allowed)}."
        self.fault("code-invalid" if codes else "required", key, text)
        return next(iter(allowed.values()))

    def coded(self, key: str) -> list[tuple[object, object]]:
        """System and code of each."""
        return [(c.json.get("system"), c.json.get("code")) for c in self.codings(key)] if key in self.json else []

    def has_coding(self, key: str, system: str, code: str) -> bool:
        return (system, code) in self.coded(key)

    def self_reference(self, type: str, derived: str = "") -> str:
        """Logical id when this element is a Reference; a reference by identifier alone gives ``derived``."""
        if not self.has("reference") and derived:
            return derived
        text = self.text("reference")
        found = reference_id({"reference": text}, type)
        if text.strip() and not found:
            self.fault("value", "reference", f"Une référence {type}/id de ce serveur est attendue.")
        return found

    def reference(self, key: str, type: str, derived: str = "") -> str:
        """Logical id of the required reference under ``key``."""
        return self.child(key).self_reference(type, derived)

    def optional_reference(self, key: str, type: str) -> str:
        return self.reference(key, type) if self.has(key) else ""

    def reference_identifier(self, key: str, system: str, *, required: bool = True) -> str:
        """Business identifier carried beside a reference; empty when it is of another system."""
        child = self.child(key).child("identifier")
        if child.json.get("system") == system:
            return child.text("value")
        if required:
            self.fault("required", f"{key}.identifier", f"« {key} » doit porter un identifiant du système {system}.")
        return ""

    def mailbox(self, kind: MailboxKind) -> str:
        """The first MSSanté address of one kind; empty when none. An ordinary e-mail is never taken for one."""
        return next(self.mailboxes(kind), "")

    def mailboxes(self, kind: MailboxKind) -> Iterator[str]:
        """All of them, in the resource's order."""
        for telecom in self.children("telecom"):
            if telecom.is_mailbox(kind):
                if telecom.json.get("system") == "email":
                    yield telecom.text("value")

    def is_mailbox(self, kind: MailboxKind) -> bool:
        """Whether this ContactPoint is an MSSanté address of one kind."""
        service = self.extension(_MAIL_TYPE).child("valueCoding").json
        marked = service.get("system") == systems.MAILBOX_TYPE and service.get("code") == "MSSANTE"
        metadata = self.extension(_MAILBOX_METADATA)
        return marked and metadata.extension("type").has_coding("valueCodeableConcept", _MAILBOX_KIND, kind)

    def address(self) -> Address | None:
        """The first address. lost: the others, country, district, no counterpart in the domain."""
        addresses = self.children("address")
        if not addresses:
            return None
        lines = addresses[0].texts("line")
        if len(lines) > 7:
            addresses[0].fault("too-long", "line", "Une adresse tient en sept lignes au plus.")
        return Address(
            lines=lines, postal_code=addresses[0].optional_text("postalCode"), city=addresses[0].optional_text("city")
        )

    def period(self, key: str = "period") -> Period:
        """A Period by whole days. lost: the time of day of a bound, no counterpart in the domain."""
        child = self.child(key)
        start, end = child.day("start", required=True), child.day("end")
        if start is None:
            return _NO_PERIOD
        if end is not None and end < start:
            child.fault("value", "end", "La fin de la période précède son début.")
        return Period(start=start, end=end)

    def day(self, key: str, *, required: bool = False) -> dt.date | None:
        """The day of a dateTime, as its writer's clock showed it; a year or a month alone is refused."""
        text = self.text(key) if required else self.optional_text(key)
        if not text.strip():
            return None
        instant = parse_instant(text)
        day = instant.date() if instant else parse_date(text)
        if day is None:
            self.fault("value", key, f"« {key} » doit être une date complète.")
        return day

    def protocol(self, key: str, canonical: str, *, versioned: bool) -> str:
        """The canonical of a protocol of ours, with or without its version as the element demands."""
        url, version = canonical_parts(canonical)
        if canonical.strip() and not (url.startswith(systems.PLAN_DEFINITION) and url != systems.PLAN_DEFINITION):
            self.fault("value", key, f"Le protocole se désigne par son canonique : {systems.PLAN_DEFINITION}….")
        elif canonical.strip() and versioned != bool(version):
            text = "avec sa version (« canonique|version »)" if versioned else "sans sa version"
            self.fault("value", key, f"Le protocole se désigne ici {text}.")
        return canonical
