"""Absences, hours and channels as a flat record says them: the same words for a professional and for a team."""

import datetime as dt
from typing import Final

from mappings.domain.availability import (
    WEEKDAYS,
    Absence,
    Arrangement,
    Availability,
    Channel,
    Contact,
    Hours,
    Weekday,
)
from mappings.domain.invariants import absence_issues, hours_issues, response_issues
from mappings.elements import Element, Json
from mappings.records.people import without_empty

KEYS: Final = ("contacts", "hours", "hours_exceptions", "open_on_holidays", "absences")
_DAYS: Final[dict[str, Weekday]] = {day: day for day in WEEKDAYS}
_CHANNELS: Final[dict[str, Channel]] = {"phone": "phone", "video": "video", "mssante": "mssante"}


def read_availability(element: Element) -> Availability:
    return Availability(
        contacts=_contacts(element),
        hours=_hours(element),
        absences=tuple(_absence(each) for each in element.children("absences")),
        exceptions=element.optional_text("hours_exceptions"),
        on_holidays=_on_holidays(element),
    )


def print_availability(told: Availability) -> Json:
    return {
        "contacts": _print_contacts(told.contacts),
        "hours": [_print_hours(each) for each in told.hours],
        "hours_exceptions": told.exceptions,
        "open_on_holidays": told.on_holidays,
        "absences": [_print_absence(each) for each in told.absences],
    }


def read_arrangement(element: Element) -> Arrangement:
    minutes = element.optional_number("response_minutes")
    issues = list(response_issues(minutes, element.at("response_minutes")))
    element.faults.extend(issues)
    response = dt.timedelta(minutes=int(minutes)) if minutes is not None and not issues else None
    return Arrangement(
        contacts=_contacts(element), hours=_hours(element), response=response, on_holidays=_on_holidays(element)
    )


def print_arrangement(told: Arrangement) -> Json:
    return {
        "contacts": _print_contacts(told.contacts),
        "hours": [_print_hours(each) for each in told.hours],
        "open_on_holidays": told.on_holidays,
        "response_minutes": int(told.response.total_seconds()) // 60 if told.response is not None else None,
    }


def _on_holidays(element: Element) -> bool | None:
    """Not told is not known: neither open nor closed."""
    return element.flag("open_on_holidays") if element.has("open_on_holidays") else None


def _contacts(element: Element) -> tuple[Contact, ...]:
    contacts = []
    for each in element.children("contacts"):
        each.only(("channel", "value"))
        contacts.append(Contact(channel=each.one_of("channel", _CHANNELS), value=each.text("value")))
    return tuple(contacts)


def _hours(element: Element) -> tuple[Hours, ...]:
    return tuple(_span(each) for each in element.children("hours"))


def _span(element: Element) -> Hours:
    element.only(("days", "all_day", "start", "end"))
    days = element.texts("days")
    if any(day not in _DAYS for day in days):
        element.fault("code-invalid", "days", f"Un jour vaut : {', '.join(_DAYS)}.")
    all_day = element.has("all_day") and element.flag("all_day")
    if all_day and (element.has("start") or element.has("end")):
        element.fault("structure", "all_day", "Toute la journée n’a ni début ni fin.")
    hours = Hours(
        days=tuple(_DAYS[day] for day in days if day in _DAYS),
        all_day=all_day,
        start=element.optional_time("start"),
        end=element.optional_time("end"),
    )
    element.faults.extend(hours_issues(hours, element.at("end")))
    return hours


def _absence(element: Element) -> Absence:
    element.only(("start", "end", "reason"))
    absence = Absence(
        start=element.optional_moment("start"),
        end=element.optional_moment("end"),
        description=element.text("reason"),
    )
    element.faults.extend(absence_issues(absence, element.at("end")))
    return absence


def _print_contacts(contacts: tuple[Contact, ...]) -> list[Json]:
    return [{"channel": one.channel, "value": one.value} for one in contacts]


def _print_hours(hours: Hours) -> Json:
    return without_empty(
        {
            "days": list(hours.days),
            "all_day": hours.all_day or None,
            "start": hours.start.isoformat() if hours.start else "",
            "end": hours.end.isoformat() if hours.end else "",
        }
    )


def _print_absence(absence: Absence) -> Json:
    start, end = (bound.isoformat() if bound is not None else "" for bound in (absence.start, absence.end))
    return without_empty({"start": start, "end": end, "reason": absence.description})
