"""Readings: read, vread, on conditions; histories page by page; all of it what the model holds."""

import datetime as dt
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.api.stateful.histories import versions_of
from tests.api.stateful.model import Version
from tests.api.stateful.pair import BASE, JSON, XML, Answer
from tests.api.stateful.resources import Json
from tests.api.stateful.writing import TYPES, Writing, stamp


class Reading(Writing):
    """The rules that read versions."""

    def any_key(self, data: st.DataObject) -> tuple[str, str]:
        known = list(dict.fromkeys(one.key for one in self.model.log))
        return data.draw(st.sampled_from([*self.ours, *known[-5:], *known[:3], ("Patient", "never")]))

    @rule(data=st.data(), number=st.sampled_from([None, None, 0, 1, 2, 3, 99]), accept=st.sampled_from([JSON, JSON, XML]),
          condition=st.sampled_from(["", "If_None_Match", "If_Modified_Since"]), shift=st.sampled_from([-1, 0, 1]))  # fmt: skip
    def read(self, data: st.DataObject, number: int | None, accept: str, condition: str, shift: int) -> None:
        key = self.any_key(data)
        found = self.model.last(key) if number is None else _numbered(self.model.versions(key), number)
        path = f"/{key[0]}/{key[1]}" + ("" if number is None else f"/_history/{number}")
        has_it, headers = False, {"Accept": accept}
        if condition == "If_None_Match":
            headers[condition] = f'"77", W/"{(found.version if found else 1) + shift}"'
            has_it = shift == 0
        elif condition and found:
            headers[condition] = stamp(found.recorded + dt.timedelta(seconds=shift))
            has_it = shift >= 0
        answer = self.pair.ask("GET", path, b"", **headers)
        if found is None or found.body is None:
            assert answer.status == (404 if found is None else 410), (path, answer)
            return
        assert answer.status == (304 if has_it else 200), (path, headers, found, answer)
        assert (answer.version, answer.headers["Last-Modified"]) == (found.version, stamp(found.recorded))
        if has_it:
            assert answer.body == b""
        elif accept == JSON:
            assert answer.json == found.body
        else:
            assert answer.headers["Content-Type"].startswith(XML)

    # History

    @rule(data=st.data(), level=st.sampled_from(["instance", "type", "system"]), count=st.integers(1, 7),
          since=st.sampled_from([None, None, "_since", "_at"]), ago=st.sampled_from([0, 1, 60, 3600]))  # fmt: skip
    def history(self, data: st.DataObject, level: str, count: int, since: str | None, ago: int) -> None:
        key = self.any_key(data) if level == "instance" else (data.draw(st.sampled_from(TYPES)), "")
        if level == "system":
            key = ("", "")
        wanted = [one for one in self.model.log if key in (("", ""), (one.type, ""), one.key)][::-1]
        path = "/".join(["", *filter(None, key), "_history"])
        known = bool(wanted) or level != "instance"
        query = f"_count={count}"
        if since:
            instant = (self.pair.now - dt.timedelta(seconds=ago)).replace(microsecond=0)
            query += f"&{since}={quote(instant.astimezone(_paris(data)).isoformat())}"
            wanted = _since(wanted, instant) if since == "_since" else self.at(wanted, instant)
        answer = self.pair.ask("GET", f"{path}?{query}")
        assert answer.status == (200 if known else 404), (path, answer)
        if known:
            assert answer.json.get("total") == (len(wanted) if level == "instance" and not since else None)
            pages = [versions_of(page) for page in self.pages(answer)]
            assert [one for page in pages for one in page] == wanted
            assert all(len(page) == count for page in pages[:-1])

    def at(self, versions: list[Version], instant: dt.datetime) -> list[Version]:
        """Those in force at some time of the second that begins then; a deletion is told where it falls in it."""
        end = instant + dt.timedelta(seconds=1)
        found = []
        for one in versions:
            after = _numbered(self.model.versions(one.key), one.version + 1)
            stays = after is None or after.recorded > instant
            if one.recorded < end and stays and (one.body is not None or one.recorded >= instant):
                found.append(one)
        return found

    def pages(self, answer: Answer) -> list[list[Json]]:
        """Entries page by page, to the end; every entry says how it came about."""
        found: list[list[Json]] = []
        while True:
            found.append(answer.json.get("entry", []))
            for entry, one in zip(found[-1], versions_of(found[-1]), strict=True):
                created = one.version == 1
                status = "204 No Content" if one.body is None else "201 Created" if created else "200 OK"
                method = "DELETE" if one.body is None else "POST" if created else "PUT"
                assert (entry["response"]["status"], entry["request"]["method"]) == (status, method)
            url = links(answer).get("next")
            if not url:
                return found
            answer = self.pair.ask("GET", url)


def links(answer: Answer) -> dict[str, str]:
    return {link["relation"]: link["url"].removeprefix(BASE) for link in answer.json["link"]}


def _numbered(versions: list[Version], number: int) -> Version | None:
    return next((one for one in versions if one.version == number), None)


def _since(versions: list[Version], instant: dt.datetime) -> list[Version]:
    return [one for one in versions if one.recorded >= instant]


def _paris(data: st.DataObject) -> dt.timezone:
    return dt.timezone(dt.timedelta(hours=data.draw(st.sampled_from([0, 1, 2, -11]))))
