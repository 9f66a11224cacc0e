"""Searches: what the model says is found, in its order, page by page to the end and back, while others write or not."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.api.search.naive import at
from tests.api.stateful.asked import ordered, orders, queries
from tests.api.stateful.model import Version
from tests.api.stateful.pair import Answer
from tests.api.stateful.reading import Reading, links
from tests.api.stateful.resources import Json, pointers
from tests.api.stateful.searches import Asked, escaped, folded
from tests.api.stateful.writing import TYPES

#: What the model knows nothing of.
ODD = (
    "/Patient?_summary=true", "/Patient?_summary=text", "/Patient?_summary=data&_sort=-_lastUpdated",
    "/Patient?_elements=name,birthDate&_count=3", "/?_type=Patient,Organization,Observation&_sort=-_lastUpdated&_count=4",
    "/?_type=Patient,Practitioner&_sort=_id&_count=500", "/Patient?_count=0", "/Patient?_page=x", "/$meta", "/Patient/$meta",
    "/Patient?family=%ED%A0%80", "/Patient?family=%FF", "/Patient?_id=%00", "/Patient?_id=%C3%89,abc",
    f"/Patient?family={'a' * 5000}", "/Patient?identifier=%00", "/Patient?organization=%00", "/Patient?organization.name=%00",
    "/Observation?code:text=%00", "/Observation?value-quantity=ap5.4", "/Observation?value-quantity=5.4||%00",
    "/Observation?value-quantity=1e60", "/Observation?value-quantity=lt-1e60", "/Patient?death-date=ap2026",
    "/Patient?death-date=0001", "/Patient?death-date=sa9999-12-31", "/Patient?_lastUpdated=lt0001-01-01",
    "/Observation?code-value-quantity=x$gt5", "/Observation?combo-code-value-quantity=http://a.example|x$5.4",
    "/Patient/%00", "/Patient/%C3%89", "/Patient/_history?_since=0001", "/_history?_at=2026-11-20&_count=4",
    "/Practitioner?identifier=%F0%9D%92%AE", "/Task?_sort=-authored-on&_count=2", "/Provenance?_sort=recorded&_count=3",
    "/AuditEvent?_sort=-date&_count=3", "/PractitionerRole?_sort=date,_id&_count=1", "/CareTeam?_include=*&_count=2",
)  # fmt: skip
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Turned:
    """A page that was given, to go on from: its next link, what was asked, and its last result as it then was."""

    url: str
    type: str
    asked: list[Asked]
    keys: list[tuple[str, bool]]
    count: int
    last: Version


class Searching(Reading):
    """The rules that search."""

    def __init__(self) -> None:
        super().__init__()
        self.turned: list[Turned] = []

    def met(self, type_: str, asked: list[Asked]) -> list[Version]:
        """What meets the conditions, in the order of writing."""
        return [one for one in self.model.current(type_) if all(a.holds(one.body or {}, self.model) for a in asked)]

    @rule(data=st.data())
    @precondition(lambda self: self.turned)
    def turn(self, data: st.DataObject) -> None:
        """The page goes on after its last result as it was, whatever has become of it."""
        self.turn_over(self.turned.pop(data.draw(st.integers(0, len(self.turned) - 1))))

    def check_whole(self) -> None:
        """Pages left open are turned to the last."""
        while self.turned:
            self.turn_over(self.turned.pop())
        super().check_whole()

    def turn_over(self, page: Turned) -> None:
        found = [one for one in self.met(page.type, page.asked) if one is not page.last]
        place = self.model.log.index(page.last)
        before = [one for one in found if self.model.log.index(one) < place]
        bodies = [one.body or {} for one in (*before, page.last, *found[len(before) :])]
        wanted = ordered(bodies, page.type, page.keys)
        after = wanted[next(n for n, one in enumerate(wanted) if one is page.last.body) + 1 :]
        answer = self.pair.ask("GET", page.url)
        assert matches(answer) == [one["id"] for one in after[: page.count]], (page, after, answer)
        self.go_on(answer, page.type, page.asked, page.keys, page.count)

    def go_on(self, answer: Answer, type_: str, asked: list[Asked], keys: list[tuple[str, bool]], count: int) -> None:
        url = links(answer).get("next")
        if url:
            last = self.model.last((type_, matches(answer)[-1]))
            assert last is not None
            self.turned.append(Turned(url, type_, asked, keys, count, last))

    @rule(query=queries(), data=st.data(), count=st.integers(1, 5), posted=st.booleans(), left=st.booleans())
    def search(self, query: tuple[str, list[Asked]], data: st.DataObject, count: int, posted: bool, left: bool) -> None:
        """All that meets the conditions, in order, page by page to the end and back; or left open at the first page."""
        type_, asked = query
        keys = data.draw(orders(type_))
        wanted = [one["id"] for one in ordered([one.body or {} for one in self.met(type_, asked)], type_, keys)]
        text = "&".join([*(one.text for one in asked), *_sort(keys), f"_count={count}", "_total=accurate"])
        if posted:
            answer = self.pair.ask("POST", f"/{type_}/_search", text.encode(), Content_Type=_FORM)
        else:
            answer = self.pair.ask("GET", f"/{type_}?{text}")
        assert answer.status == 200, (text, answer)
        assert answer.json["total"] == len(wanted), (text, wanted, answer.json)
        counted = self.pair.ask("GET", f"/{type_}?{text}&_summary=count")
        assert (counted.json["total"], "entry" in counted.json) == (len(wanted), False)
        pages = [wanted[n : n + count] for n in range(0, len(wanted), count)] or [[]]
        assert matches(answer) == pages[0], (text, pages, matches(answer))
        if left:
            self.go_on(answer, type_, asked, keys, count)
            return
        for page in pages[1:]:
            answer = self.pair.ask("GET", links(answer)["next"])
            assert matches(answer) == page, (text, pages, matches(answer))
        assert "next" not in links(answer)
        for page in reversed(pages[:-1]):
            answer = self.pair.ask("GET", links(answer)["previous"])
            assert matches(answer) == page, (text, pages, matches(answer))
        assert "previous" not in links(answer)

    @rule(text=st.text(max_size=6), way=st.sampled_from(["", ":exact", ":contains"]), type_=st.sampled_from(TYPES[:2]))
    def search_any_text(self, text: str, way: str, type_: str) -> None:
        """Whatever may be typed: what stands for nothing is no value, the rest finds what it finds."""
        answer = self.pair.ask("GET", f"/{type_}?family{way}={quote(escaped(text), safe='')}")
        if "\x00" in text or not (folded(text) if way != ":exact" else text):
            assert answer.status == 400, (text, answer)
            return
        asked = {
            "": lambda has: folded(has).startswith(folded(text)),
            ":exact": lambda has: has == text,
            ":contains": lambda has: folded(text) in folded(has),
        }[way]
        wanted = [one.id for one in self.model.current(type_) if any(map(asked, at(one.body, "name.family")))]
        assert (answer.status, matches(answer)) == (200, wanted), (text, answer)

    @rule(path=st.sampled_from(ODD))
    def ask_alike(self, path: str) -> None:
        """What the model knows nothing of: it is no defect, and the same on both stores."""
        self.pair.ask("GET", path)

    @rule(rule_=st.sampled_from([
        ("Patient", "_include", "Patient:organization"), ("Patient", "_include", "Patient:general-practitioner"),
        ("Observation", "_include", "Observation:subject"), ("Organization", "_include", "Organization:partof"),
        ("Patient", "_revinclude", "Observation:subject"), ("Organization", "_revinclude", "Patient:organization"),
        ("Practitioner", "_revinclude", "Patient:general-practitioner"),
    ]), iterate=st.sampled_from(["", "&_include:iterate=Patient:organization"]))  # fmt: skip
    def include(self, rule_: tuple[str, str, str], iterate: str) -> None:
        """What the results point at, or what points at them, each once and none that is a result."""
        type_, way, said = rule_
        answer = self.pair.ask("GET", f"/{type_}?{way}={said}{iterate}&_count=500")
        found = {one.key: one.body for one in self.model.current(type_)}
        wanted: set[tuple[str, str]] = set()
        source, name = said.split(":")
        if way == "_include":
            wanted = {key for body in found.values() for key in pointers(_element(body, name))}
        else:
            wanted = {one.key for one in self.model.current(source) if pointers(_element(one.body, name)) & set(found)}
        if iterate:
            # Of the results too, as far as they are patients; then of what came beside them.
            for key in [*found, *wanted]:
                wanted |= (
                    pointers((self.model.body(key) or {}).get("managingOrganization")) if key[0] == "Patient" else set()
                )
        wanted = {key for key in wanted if self.model.body(key) is not None} - set(found)
        beside = [one for one in answer.json.get("entry", []) if one["search"]["mode"] == "include"]
        keys = [(one["resource"]["resourceType"], one["resource"]["id"]) for one in beside]
        assert (sorted(keys), matches(answer)) == (sorted(wanted), [id_ for _, id_ in found])

    @rule(data=st.data(), what=st.sampled_from(["Observation", "*", "$everything"]))
    def compartment(self, data: st.DataObject, what: str) -> None:
        """What is about one patient."""
        type_, id_ = data.draw(st.sampled_from([one.key for one in self.model.current("Patient")]))
        answer = self.pair.ask("GET", f"/Patient/{id_}/{what}?_count=500")
        assert answer.status == 200, answer
        if what == "Observation":
            wanted = [
                one.id for one in self.model.current(what) if (type_, id_) in pointers((one.body or {}).get("subject"))
            ]
            assert matches(answer) == wanted


def _sort(keys: list[tuple[str, bool]]) -> list[str]:
    return [f"_sort={','.join(('-' if down else '') + name for name, down in keys)}"] if keys else []


def matches(answer: Answer) -> list[str]:
    return [one["resource"]["id"] for one in answer.json.get("entry", []) if one["search"]["mode"] == "match"]


def _element(body: Json | None, name: str) -> Any:
    element = {
        "organization": "managingOrganization", "general-practitioner": "generalPractitioner", "subject": "subject",
        "partof": "partOf",
    }[name]  # fmt: skip
    return (body or {}).get(element)
