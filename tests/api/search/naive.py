"""A small world of resources, and a search that reads them all: what the real one must agree with.

Everything here is written from the specification (R4 4.0.1, https://hl7.org/fhir/R4/search.html), with nothing of the
index: dates by ``zoneinfo``, numbers by ``Decimal``.
"""

import datetime as dt
import random
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Resource = dict[str, Any]
Holds = Callable[[Resource], bool]
Range = tuple[dt.datetime, dt.datetime]

PARIS = ZoneInfo("Europe/Paris")
EVER = (dt.datetime(1, 1, 2, tzinfo=dt.UTC), dt.datetime(9999, 12, 30, tzinfo=dt.UTC))
SYSTEMS = ("http://a.example", "http://b.example")
CODES = ("x", "y", "z")
DISPLAYS = ("Entorse de cheville", "entorse bénigne", "Bilan")
FAMILIES = ("TEST-TILLEUL", "TEST-ÉRABLE", "TEST-ERABLE", "TEST-TILLEULS", "TEST-D'ORME, fils")
DATES = (
    "2026-03-29", "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-28T23:00:00Z", "2026-03",
    "2026-10-25", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-24T22:00:00Z", "2026",
    "2025-12-31T23:30:00Z", "2026-03-29T10:00:00.5+02:00",
)  # fmt: skip
QUANTITIES = ("5.4", "5.40", "5.35", "5.449", "5.45", "5.36", "-2", "0", "100", "99.5", "100.49", "1e2")
UNITS = (("http://unitsofmeasure.org", "mg"), ("http://unitsofmeasure.org", "g"), ("http://c.example", "mg"))


def world(seed: int) -> list[Resource]:
    """In the order of writing."""
    dice, other = random.Random(seed), random.Random(seed + 1)
    made: list[Resource] = []

    def some(of: Any, chance: float = 0.7) -> Any:
        return dice.choice(of) if dice.random() < chance else None

    def concept() -> Resource:
        codings = [_coding(dice) for _ in range(dice.randint(0, 2))]
        return _told({"coding": codings or None, "text": some(DISPLAYS, 0.3) if codings else "Bilan libre"})

    for n in range(6):
        family = dice.choice(FAMILIES)
        name = {"family": family, "given": dice.sample(["Léa", "Zoé", "Ana"], dice.randint(1, 2)), **_about(other)}
        made.append(_resource("Patient", n, dice, name=[name], gender=some(["male", "female"]),
                              birthDate=some(["1990", "1990-05", "1990-05-01", "1992-12-31"]),
                              address=_addresses(other), telecom=_telecom(other)))  # fmt: skip
    for n in range(14):
        timed = _timed(dice, "performed")
        performers = [{"actor": _told({"reference": f"PractitionerRole/r{dice.randint(0, 2)}",
                                       "identifier": some([{"system": "urn:s", "value": f"{dice.randint(0, 2)}"},
                                                           {"value": "1"}])})} for _ in range(dice.randint(0, 2))]  # fmt: skip
        made.append(_resource("Procedure", n, dice, status=dice.choice(["completed", "not-done", "in-progress"]),
                              code=concept(), subject={"reference": f"Patient/p{dice.randint(0, 5)}"},
                              performer=performers or None, partOf=some([[{"reference": "Procedure/p0"}]], 0.2),
                              **timed))  # fmt: skip
    for n in range(14):
        unit = dice.choice(UNITS)
        value = {"value": Decimal(dice.choice(QUANTITIES)), "system": unit[0], "code": unit[1],
                 "unit": dice.choice([unit[1], "milli"])}  # fmt: skip
        kind = dice.choice([{"valueQuantity": value}, {"valueCodeableConcept": concept()}, {}])
        made.append(_resource("Observation", n, dice, status="final", code=concept(),
                              subject={"reference": f"Patient/p{dice.randint(0, 5)}"},
                              component=[{"code": concept(), "valueQuantity": value}] if dice.random() < 0.3 else None,
                              **kind, **_timed(dice, "effective")))  # fmt: skip
    for n in range(10):
        made.append(_resource("Task", n, dice, status=dice.choice(["requested", "completed", "received"]),
                              intent="order", priority=some(["urgent", "routine"]),
                              focus={"reference": f"Procedure/p{dice.randint(0, 13)}/_history/1"},
                              authoredOn=some(DATES[1:4])))  # fmt: skip
    return made


def _resource(type_: str, n: int, dice: random.Random, **elements: Any) -> Resource:
    tags = [{"system": "urn:t", "code": dice.choice("ab")}] if dice.random() < 0.4 else None
    meta = _told({"tag": tags, "profile": ["http://p.example/one|1"] if dice.random() < 0.3 else None})
    return _told({"resourceType": type_, "id": f"{type_[0].lower()}{n}", "meta": meta, **elements})


def _about(dice: random.Random) -> Resource:
    """What else a name says; a suffix may be a given name too."""
    return _told({"text": dice.choice([None, "Léa Essai"]), "prefix": dice.choice([None, ["Dr"], ["Mme", "Dr"]]),
                  "suffix": dice.choice([None, ["Léa"]])})  # fmt: skip


def _addresses(dice: random.Random) -> list[Resource]:
    """Those of a patient, some with a word twice."""
    made = [{"city": dice.choice(["Évron", "Ville", "Ville"]), "line": dice.choice([["1 rue Évron", "Bât. 2"], None]),
             "postalCode": dice.choice(["99999", None]), "state": "Ville",
             "country": dice.choice(["FR", None]), "district": dice.choice(["Centre", None]),
             "text": dice.choice(["1 rue Évron, 99999 Évron", None])} for _ in range(dice.randint(0, 2))]  # fmt: skip
    return [address for one in made if (address := _told(one))]


def _telecom(dice: random.Random) -> list[Resource]:
    systems = ("phone", "email", "fax", "url", None)
    return [
        _told({"system": dice.choice(systems), "value": dice.choice(["1", "2", "3"])})
        for _ in range(dice.randint(0, 2))
    ]


def _coding(dice: random.Random) -> Resource:
    system = dice.choice([*SYSTEMS, None])
    display = dice.choice([*DISPLAYS, None])
    return _told({"system": system, "code": dice.choice(CODES), "display": display})


def _timed(dice: random.Random, choice: str) -> Resource:
    match dice.randint(0, 3):
        case 0:
            return {}
        case 1:
            first, last = sorted(dice.sample(DATES, 2), key=lambda date: span(date)[0])
            period = _told({"start": dice.choice([first, None]), "end": dice.choice([last, None])})
            return {f"{choice}Period": period} if period else {}
        case _:
            return {f"{choice}DateTime": dice.choice(DATES)}


def _told(elements: Resource) -> Resource:
    return {key: value for key, value in elements.items() if value is not None and value != {}}


# Values


def at(resource: Any, path: str) -> list[Any]:
    """Elements at a path; a choice of types by its common name."""
    nodes = [resource]
    for step in path.split("."):
        nodes = [
            item
            for node in nodes
            for key, value in node.items()
            if key == step or (key.startswith(step) and key[len(step) :] in ("DateTime", "Period"))
            for item in (value if isinstance(value, list) else [value])
        ]
    return nodes


def span(date: Any) -> Range:
    if isinstance(date, dict):
        start, end = date.get("start"), date.get("end")
        return span(start)[0] if start else EVER[0], span(end)[1] if end else EVER[1]
    if "T" in date:
        start = dt.datetime.fromisoformat(date)
        return start, start + dt.timedelta(seconds=0.1 if "." in date else 1)
    year, month, day = (int(part) for part in f"{date}-0-0".split("-")[:3])
    first = dt.datetime(year, month or 1, day or 1, tzinfo=PARIS)
    if day:
        after = dt.datetime.combine(first.date() + dt.timedelta(days=1), dt.time(), PARIS)
    elif month:
        after = dt.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=PARIS)
    else:
        after = dt.datetime(year + 1, 1, 1, tzinfo=PARIS)
    return first.astimezone(dt.UTC), after.astimezone(dt.UTC)


def stands(prefix: str, asked: tuple[Any, Any], found: tuple[Any, Any]) -> bool:
    """How the range of a value stands towards the range asked (https://hl7.org/fhir/R4/search.html#prefix)."""
    (low, high), (start, end) = asked, found
    inside = low <= start and end <= high
    match prefix:
        case "eq":
            return inside
        case "ne":
            return not inside
        case "gt":
            return end > high
        case "lt":
            return start < low
        case "ge":
            return end > high or inside
        case "le":
            return start < low or inside
        case "sa":
            return start >= high
        case "eb":
            return end <= low
    raise AssertionError(prefix)


def number_holds(prefix: str, asked: str, value: Decimal) -> bool:
    number = Decimal(asked)
    half = Decimal(5).scaleb(int(number.as_tuple().exponent) - 1)
    about = number - half <= value < number + half
    return {
        "eq": about, "ne": not about, "gt": value > number, "lt": value < number, "ge": value >= number,
        "le": value <= number, "sa": value > number, "eb": value < number,
    }[prefix]  # fmt: skip


def codings(tokens: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for one in tokens:
        if isinstance(one, str):
            yield "", one
        elif "value" in one:
            yield one.get("system", ""), one["value"]
        else:
            yield from ((c.get("system", ""), c["code"]) for c in one.get("coding", [one] if "code" in one else []))


def token_holds(asked: str, tokens: Iterable[Any]) -> bool:
    system, bar, code = asked.rpartition("|")
    return any(
        (not code or code == has) and (not bar or system == of) and (bool(code) or bool(of))
        for of, has in codings(tokens)
    )


def words(tokens: Iterable[Any]) -> Iterator[str]:
    for one in tokens:
        yield from (text for text in (one.get("text"), *(c.get("display") for c in one.get("coding", ()))) if text)


def plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in bare if not unicodedata.combining(c))


def unit_holds(system: str, code: str, quantity: Resource) -> bool:
    if system:
        return (quantity["system"], quantity["code"]) == (system, code)
    return not code or code in (quantity["code"], quantity["unit"])
