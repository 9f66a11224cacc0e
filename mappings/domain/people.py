"""Who: patient, professional, structure."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from mappings.codes.systems import FICTITIOUS_INS_OIDS

Gender = Literal["male", "female", "unknown"]
#: RNIV: provisional, validated, recovered (from INSi), qualified. Only a qualified identity carries an INS.
IdentityStatus = Literal["provisional", "validated", "recovered", "qualified"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A coded value: code, its exact display in the value set, the system (URI or OID, as the room demands)."""

    code: str
    display: str
    system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Postal address as free lines, at most seven (CDA R2, CI-SIS)."""

    lines: tuple[str, ...]
    postal_code: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ins:
    """Matricule INS: 15 characters with key, and the OID of its authority (never without the other)."""

    value: str
    oid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A patient with the traits of the INS."""

    #: Logical id of the Patient resource.
    id: str
    identity_status: IdentityStatus
    #: None unless the identity is qualified.
    ins: Ins | None
    birth_family: str
    #: First birth given name.
    birth_given: str
    #: All birth given names, one space apart.
    birth_given_list: str
    used_family: str = ""
    used_given: str = ""
    gender: Gender
    birth_date: dt.date
    #: INSEE (COG) code of the birth commune, 99xxx for a country.
    birth_place_code: str
    birth_place_name: str = ""
    #: (assigning authority OID or URI, value) of the local number (IPP); None when the structure gave none.
    local_identifier: tuple[str, str] | None = None
    address: Address | None = None

    @property
    def is_fictitious(self) -> bool:
        """Nobody's identity: a test or demonstration INS or, without INS, a name made for it."""
        if self.ins is not None:
            return self.ins.oid in FICTITIOUS_INS_OIDS
        return self.birth_family.endswith("-FICTIF") or self.birth_family.startswith("TEST-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """A professional as the national directory knows them."""

    id: str
    #: 11 digits.
    rpps: str
    family: str
    given: str
    #: ``M`` or ``MME``.
    prefix: str = ""
    #: ``DR``, ``PR``…
    suffix: str = ""
    #: Profession, TRE_G15, e.g. ``70``; the system is always ``codes.systems.PROFESSION``.
    profession: str
    #: TRE_R38, e.g. ``SM26``; empty when none.
    specialty: str = ""
    #: MSSanté address; empty when unknown.
    mailbox: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A structure (entité géographique)."""

    id: str
    #: 9 characters.
    finess: str
    name: str
    #: TRE_R02, e.g. ``SA52`` (MSP), ``SA63`` (CPTS).
    facility_type: str
    address: Address | None = None
    phone: str = ""
    #: Applicative MSSanté box that sends for the structure; empty when none.
    mailbox: str = ""
