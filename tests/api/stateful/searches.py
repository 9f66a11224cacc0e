"""Kinds of search parameters, each with what holds of everything it finds (R4 4.0.1, search.html).

What dates, codes, numbers and texts mean is read as in ``tests.api.search.naive``; nothing is looked up in an index.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.api.search.naive import at, number_holds, span, stands, token_holds, words
from tests.api.stateful import values
from tests.api.stateful.model import Model
from tests.api.stateful.resources import Json, pointers

#: What holds of a resource, given all that is on record.
Holds = Callable[[Json, Model], bool]
PREFIXES = ("", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")


@dataclass(frozen=True)
class Asked:
    """One parameter; ``holds`` is what it demands."""

    name: str
    value: str
    holds: Holds

    @property
    def text(self) -> str:
        return f"{quote(self.name, safe=':')}={quote(self.value, safe='')}"


def folded(text: str) -> str:
    """Without accents, case or doubled spaces; the first 200 characters count."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(bare.casefold().split())[:200]


def escaped(value: str) -> str:
    """Signs of the search itself, as a client must write them."""
    return "".join(f"\\{sign}" if sign in "\\,$|" else sign for sign in value)


def strings(name: str, read: Callable[[Json], Iterable[str]], some: Sequence[str]) -> st.SearchStrategy[Asked]:
    ways: dict[str, Callable[[str, str], bool]] = {
        "": lambda has, one: folded(has).startswith(folded(one)),
        ":exact": lambda has, one: has == one,
        ":contains": lambda has, one: folded(one) in folded(has),
    }

    def asked(way: str, ones: list[str]) -> Asked:
        holds = ways[way]
        value = ",".join(map(escaped, ones))
        return Asked(name + way, value, lambda r, _: any(holds(has, one) for has in read(r) for one in ones))

    ones = st.lists(st.sampled_from(some), min_size=1, max_size=2)
    return st.builds(asked, st.sampled_from(sorted(ways)), ones)


def tokens(name: str, path: str, some: Sequence[tuple[str | None, str]]) -> st.SearchStrategy[Asked]:
    """System and code; a system of None is any. Negated, what has none is found too."""

    def asked(negated: bool, pairs: list[tuple[str | None, str]]) -> Asked:
        def holds(resource: Json, _: Model) -> bool:
            found = any(_token_holds(system, code, at(resource, path)) for system, code in pairs)
            return found != negated

        text = ",".join(
            escaped(code) if system is None else f"{escaped(system)}|{escaped(code)}" for system, code in pairs
        )
        return Asked(f"{name}:not" if negated else name, text, holds)

    return st.builds(asked, st.booleans(), st.lists(st.sampled_from(some), min_size=1, max_size=2))


def _token_holds(system: str | None, code: str, tokens: list[Any]) -> bool:
    """``token_holds`` cuts at the last bar: a code that has one itself is matched here."""
    if "|" not in code:
        return token_holds(code if system is None else f"{system}|{code}", tokens)
    return any(code == one.get("value") and system in (None, one.get("system", "")) for one in tokens)


def dates(name: str, path: str, some: Sequence[str] = values.DATES) -> st.SearchStrategy[Asked]:
    def asked(prefix: str, date: str) -> Asked:
        return Asked(
            name, prefix + date, lambda r, _: any(stands(prefix or "eq", span(date), span(v)) for v in at(r, path))
        )

    return st.builds(asked, st.sampled_from(PREFIXES), st.sampled_from(some))


def missing(name: str, *paths: str) -> st.SearchStrategy[Asked]:
    def asked(is_missing: bool) -> Asked:
        value = "true" if is_missing else "false"
        return Asked(f"{name}:missing", value, lambda r, _: is_missing != any(at(r, path) for path in paths))

    return st.builds(asked, st.booleans())


def quantities(name: str, path: str) -> st.SearchStrategy[Asked]:
    def asked(prefix: str, number: str, unit: tuple[str, str] | None) -> Asked:
        system, code = unit or ("", "")
        return Asked(
            name,
            f"{prefix}{number}" + (f"|{system}|{code}" if unit else ""),
            lambda r, _: any(
                number_holds(prefix or "eq", number, q["value"]) and _unit_holds(system, code, q) for q in at(r, path)
            ),
        )

    units = st.sampled_from([None, *values.UNITS, ("", "mg"), ("", "milli")])
    return st.builds(asked, st.sampled_from(PREFIXES), st.sampled_from(values.QUANTITIES), units)


def _unit_holds(system: str, code: str, quantity: Json) -> bool:
    if system:
        return (system, code) == (quantity.get("system"), quantity.get("code"))
    return code in ("", quantity.get("code"), quantity.get("unit"))


def references(name: str, path: str, target: str) -> st.SearchStrategy[Asked]:
    def asked(id_: str, typed: bool) -> Asked:
        value = f"{target}/{id_}" if typed else id_
        return Asked(name, value, lambda r, _: (target, id_) in pointers(at(r, path)))

    return st.builds(asked, st.sampled_from(values.IDS), st.booleans())


def chained(name: str, path: str, target: str, inner: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
    """Through a reference, to what the other end says."""

    def asked(one: Asked) -> Asked:
        def holds(resource: Json, model: Model) -> bool:
            return any(
                key[0] == target and (body := model.body(key)) is not None and one.holds(body, model)
                for key in pointers(at(resource, path))
            )

        return Asked(f"{name}.{one.name}", one.value, holds)

    return st.builds(asked, inner.filter(lambda one: not one.name.endswith(":not")))


def reversed_(source: str, name: str, path: str, inner: st.SearchStrategy[Asked]) -> st.SearchStrategy[Asked]:
    """What something that says so points at."""

    def asked(one: Asked) -> Asked:
        def holds(resource: Json, model: Model) -> bool:
            key = resource["resourceType"], resource["id"]
            return any(
                key in pointers(at(other.body, path)) and one.holds(other.body or {}, model)
                for other in model.current(source)
            )

        return Asked(f"_has:{source}:{name}:{one.name}", one.value, holds)

    return st.builds(asked, inner.filter(lambda one: not one.name.endswith(":not")))


def code_texts(name: str, path: str) -> st.SearchStrategy[Asked]:
    def asked(start: str) -> Asked:
        return Asked(
            f"{name}:text", start, lambda r, _: any(folded(w).startswith(folded(start)) for w in words(at(r, path)))
        )

    return st.builds(asked, st.sampled_from(["entorse", "ENTORSE B", "Bilan", "benigne"]))


def names(resource: Json) -> list[str]:
    """Every text of a HumanName that ``name`` looks at."""
    found = []
    for name in at(resource, "name"):
        found += [name[key] for key in ("text", "family") if key in name]
        found += [text for key in ("given", "prefix", "suffix") for text in name.get(key, ())]
    return found


def ids() -> st.SearchStrategy[Asked]:
    def asked(some: list[str]) -> Asked:
        return Asked("_id", ",".join(some), lambda r, _: r["id"] in some)

    return st.builds(asked, st.lists(st.sampled_from(values.IDS), min_size=1, max_size=3))
