"""Absences, hours and channels in FHIR: ``notAvailable``, ``availableTime`` and ``telecom`` of a PractitionerRole.

https://hl7.org/fhir/R4/practitionerrole.html. A team says its own in ``telecom`` and in the extension ``reachability``.
"""

import datetime as dt
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.availability import (
    NOTHING_AGREED,
    WEEKDAYS,
    Absence,
    Arrangement,
    Availability,
    Contact,
    Hours,
    Weekday,
)
from mappings.domain.invariants import absence_issues, hours_issues, response_issues
from mappings.elements import Json
from mappings.fhir.datatypes import FhirElement, MailboxKind, extension, mailbox, print_date, print_instant

_DAYS: Final[dict[str, Weekday]] = {day: day for day in WEEKDAYS}
_SYSTEMS: Final = {"phone": "phone", "video": "url"}


def availability_from_fhir(role: FhirElement) -> Availability:
    """lost: fax, ordinary e-mail and the other telecoms; times of an ``availableTime`` that is all day."""
    return Availability(
        contacts=contacts_from_fhir(role, "PER"),
        hours=tuple(_hours(each) for each in role.children("availableTime")),
        absences=tuple(_absence(each) for each in role.children("notAvailable")),
        exceptions=role.optional_text("availabilityExceptions"),
        on_holidays=_on_holidays(role, systems.EXT_ON_HOLIDAYS),
    )


def availability_to_fhir(told: Availability) -> Json:
    """The elements; what they do not say of public holidays is an extension (``holidays_to_fhir``)."""
    parts: Json = {
        "telecom": contacts_to_fhir(told.contacts, "PER"),
        "availableTime": [_print_hours(each) for each in told.hours],
        "notAvailable": [_print_absence(each) for each in told.absences],
        "availabilityExceptions": told.exceptions,
    }
    return {key: value for key, value in parts.items() if value}


def holidays_to_fhir(told: Availability) -> list[Json]:
    return [] if told.on_holidays is None else [extension(systems.EXT_ON_HOLIDAYS, valueBoolean=told.on_holidays)]


def arrangement_from_fhir(team: FhirElement) -> Arrangement:
    """lost: what is told in words beside it (``note``)."""
    told = team.extensions(systems.EXT_REACHABILITY)
    reachability = team.extension(systems.EXT_REACHABILITY) if told else None
    contacts = contacts_from_fhir(team, "ORG")
    if reachability is None:
        return Arrangement(contacts=contacts) if contacts else NOTHING_AGREED
    minutes = None
    if reachability.extensions("response"):
        response = reachability.extension("response").child("valueDuration")
        minutes = response.optional_number("value")
        issues = list(response_issues(minutes, response.at("value")))
        response.faults.extend(issues)
        minutes = None if issues else minutes
        if (response.json.get("system"), response.json.get("code")) != (systems.UCUM, "min"):
            response.fault("value", "code", "Le délai de réponse s’exprime en minutes (UCUM, « min »).")
    return Arrangement(
        contacts=contacts,
        hours=tuple(_team_hours(each) for each in reachability.extensions("hours")),
        response=dt.timedelta(minutes=int(minutes)) if minutes is not None else None,
        on_holidays=_on_holidays(reachability, "onHolidays"),
    )


def arrangement_to_fhir(told: Arrangement) -> tuple[Json, list[Json]]:
    """The elements, and the extensions, of a CareTeam."""
    telecom = contacts_to_fhir(told.contacts, "ORG")
    parts = [extension("hours", extension=_print_team_hours(each)) for each in told.hours]
    if told.response is not None:
        minutes = int(told.response.total_seconds()) // 60
        duration = {"value": minutes, "unit": "min", "system": systems.UCUM, "code": "min"}
        parts.insert(0, extension("response", valueDuration=duration))
    if told.on_holidays is not None:
        parts.append(extension("onHolidays", valueBoolean=told.on_holidays))
    extensions = [extension(systems.EXT_REACHABILITY, extension=parts)] if parts else []
    return ({"telecom": telecom} if telecom else {}), extensions


def contacts_from_fhir(element: FhirElement, kind: MailboxKind) -> tuple[Contact, ...]:
    """An e-mail address is a channel when it is MSSanté: nothing about a patient goes to another."""
    contacts = []
    for point in element.children("telecom"):
        system = point.json.get("system")
        if system == "phone":
            contacts.append(Contact(channel="phone", value=point.text("value")))
        elif system == "url":
            contacts.append(Contact(channel="video", value=point.text("value")))
        elif system == "email" and point.is_mailbox(kind):
            contacts.append(Contact(channel="mssante", value=point.text("value")))
    return tuple(contacts)


def contacts_to_fhir(contacts: tuple[Contact, ...], kind: MailboxKind) -> list[Json]:
    return [
        mailbox(one.value, kind)
        if one.channel == "mssante"
        else {"system": _SYSTEMS[one.channel], "value": one.value, "use": "work"}
        for one in contacts
    ]


def _on_holidays(element: FhirElement, url: str) -> bool | None:
    """Not told is not known: neither open nor closed."""
    return element.extension(url).flag("valueBoolean") if element.extensions(url) else None


def _hours(element: FhirElement) -> Hours:
    all_day = element.has("allDay") and element.flag("allDay")
    hours = Hours(
        days=tuple(_DAYS[day] for day in element.texts("daysOfWeek") if day in _DAYS),
        all_day=all_day,
        start=None if all_day else element.optional_time("availableStartTime"),
        end=None if all_day else element.optional_time("availableEndTime"),
    )
    if any(day not in _DAYS for day in element.texts("daysOfWeek")):
        element.fault("code-invalid", "daysOfWeek", f"Un jour vaut : {', '.join(_DAYS)}.")
    element.faults.extend(hours_issues(hours, element.at("availableEndTime")))
    return hours


def _absence(element: FhirElement) -> Absence:
    during = element.child("during")
    absence = Absence(
        start=during.optional_moment("start"),
        end=during.optional_moment("end"),
        description=element.text("description"),
    )
    element.faults.extend(absence_issues(absence, during.at("end")))
    return absence


def _print_hours(hours: Hours) -> Json:
    return (
        ({"daysOfWeek": list(hours.days)} if hours.days else {})
        | ({"allDay": True} if hours.all_day else {})
        | ({"availableStartTime": hours.start.isoformat()} if hours.start else {})
        | ({"availableEndTime": hours.end.isoformat()} if hours.end else {})
    )


def _print_absence(absence: Absence) -> Json:
    during = {
        key: _print_moment(bound)
        for key, bound in (("start", absence.start), ("end", absence.end))
        if bound is not None
    }
    return {"description": absence.description} | ({"during": during} if during else {})


def _print_moment(moment: dt.date | dt.datetime) -> str:
    return print_instant(moment) if isinstance(moment, dt.datetime) else print_date(moment)


def _team_hours(element: FhirElement) -> Hours:
    def value(url: str, read: Any) -> Any:
        return read(element.extension(url)) if element.extensions(url) else None

    all_day = bool(value("allDay", lambda one: one.flag("valueBoolean")))
    hours = Hours(
        days=tuple(one.one_of("valueCode", _DAYS) for one in element.extensions("day")),
        all_day=all_day,
        start=None if all_day else value("start", lambda one: one.optional_time("valueTime")),
        end=None if all_day else value("end", lambda one: one.optional_time("valueTime")),
    )
    element.faults.extend(hours_issues(hours, element.at("extension('end').value")))
    return hours


def _print_team_hours(hours: Hours) -> list[Json]:
    return [
        *(extension("day", valueCode=day) for day in hours.days),
        *([extension("allDay", valueBoolean=True)] if hours.all_day else []),
        *([extension("start", valueTime=hours.start.isoformat())] if hours.start else []),
        *([extension("end", valueTime=hours.end.isoformat())] if hours.end else []),
    ]
