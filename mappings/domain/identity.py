"""Logical ids derived from business identifiers, so that every door gives the same resource the same id.

UUID version 5 (RFC 9562, section 5.5) in a namespace of our own: no clock, no chance, the same id for ever.
What identifies a thing is decided here and nowhere else.
"""

import json
from functools import lru_cache
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from mappings.codes import systems
from mappings.domain.cooperation import Function
from mappings.domain.people import Ins

NAMESPACE: Final[UUID] = uuid5(NAMESPACE_URL, systems.CANONICAL)


def logical_id(kind: str, *parts: str) -> str:
    """The parts are joined as JSON, so that ("a", "bc") and ("ab", "c") never meet."""
    return str(uuid5(NAMESPACE, json.dumps((kind, *parts), ensure_ascii=False)))


def practitioner_id(rpps: str) -> str:
    return logical_id("practitioner", rpps)


def organization_id(finess: str) -> str:
    return logical_id("organization", finess)


def patient_id(ins: Ins | None, local_identifier: tuple[str, str] | None) -> str:
    """By the INS when there is one, else by the local number; nobody is identified by traits alone."""
    if ins is not None:
        return logical_id("patient", ins.oid, ins.value)
    if local_identifier is not None:
        return logical_id("patient", *local_identifier)
    raise ValueError("a patient without INS and without local number has no identity to derive an id from")


def enrolment_id(identifier: str) -> str:
    return logical_id("enrolment", identifier)


def team_id(identifier: str) -> str:
    return logical_id("team", identifier)


@lru_cache(maxsize=1_000)
def life_id(protocol: str) -> str:
    """One record of what befalls a protocol, whatever its version."""
    return logical_id("protocol-life", protocol)


def consent_id(identifier: str) -> str:
    return logical_id("consent", identifier)


def sharing_id(patient_id: str) -> str:
    """One choice of sharing a patient: a new one replaces the former in its history."""
    return logical_id("sharing", patient_id)


def inclusion_id(identifier: str) -> str:
    return logical_id("inclusion", identifier)


def enrolment_identifier(protocol: str, function: Function, rpps: str, finess: str) -> str:
    """The business identifier of an enrolment that came without one: its four dimensions, readable."""
    return f"{_slug(protocol)}-{finess}-{function}-{rpps}"


def team_identifier(protocol: str, finess: str) -> str:
    """The business identifier of a team: protocol version × structure."""
    return f"{_slug(protocol)}-{finess}"


def _slug(protocol: str) -> str:
    return protocol.removeprefix(systems.PLAN_DEFINITION).replace("|", "-")
