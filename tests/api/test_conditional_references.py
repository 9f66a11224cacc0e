"""Conditional references of one request are found together, and there is an end to their number, on both stores."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from service.intake.conditions import MOST_REFERENCES
from service.store.unit import Unit
from service.writes import stamped, write_of
from tests.api.test_bundles import bundle, done, entry, statuses
from tests.api.test_interactions import number, patient
from tests.house import NOON, House, Json, issues

NOBODY = "urn:oid:1.2.250.1.999.1.1.20260.2"


def created(both: House, count: int) -> list[Json]:
    return [both.fhir("POST", "/Patient", patient()).json for _ in range(count)]


def linked(*targets: str) -> Json:
    return patient() | {"link": [{"other": {"reference": target}, "type": "seealso"} for target in targets]}


class _Counted:
    """A session whose statements are counted."""

    def __init__(self, session: Any, statements: list[str]) -> None:
        self._session, self._statements = session, statements

    def rows(self, sql: str, *values: Any) -> Any:
        self._statements.append(sql)
        return self._session.rows(sql, *values)

    def rows_of(self, sql: str, kinds: str, keys: Any) -> Any:
        # At most 128 keys go into one statement.
        self._statements += [sql] * -(-len(keys) // 128)
        return self._session.rows_of(sql, kinds, keys)


def reading(both: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that reads, from now on, outside the writer's transaction."""
    statements: list[str] = []
    engine = both.store._engine
    opened = engine.reading

    @contextmanager
    def counted() -> Iterator[Any]:
        with opened() as session:
            yield _Counted(session, statements)

    monkeypatch.setattr(engine, "reading", counted)
    return statements


def test_as_many_statements_for_many_as_for_one(both: House, monkeypatch: pytest.MonkeyPatch) -> None:
    patients = created(both, 60)
    targets = [f"Patient?{number(one)}" for one in patients]
    counted = []
    statements = reading(both, monkeypatch)
    for some in (targets[:1], targets):
        statements.clear()
        (told,) = done(both, bundle(entry("POST", "Patient", linked(*some))))
        counted.append(len(statements))
        written = both.fhir("GET", f"/{told['response']['location']}").json
        wanted = [f"Patient/{one['id']}" for one in patients[: len(some)]]
        assert [link["other"]["reference"] for link in written["link"]] == wanted
    assert counted[0] == counted[1]


def test_conditions_to_create_are_found_together_too(both: House, monkeypatch: pytest.MonkeyPatch) -> None:
    patients = created(both, 40)
    new = [patient() for _ in range(40)]
    both.store.read("Patient", patients[0]["id"])
    statements = reading(both, monkeypatch)
    counted = []
    for there, here in ((patients[:1], new[:1]), (patients[1:], new[1:])):
        statements.clear()
        asked = [*(({k: v for k, v in one.items() if k not in ("id", "meta")}) for one in there), *here]
        told = done(both, bundle(*(entry("POST", "Patient", one, ifNoneExist=number(one)) for one in asked)))
        assert statuses(told) == ["200"] * len(there) + ["201"] * len(here)
        assert [one["response"]["location"].split("/")[1] for one in told[: len(there)]] == [p["id"] for p in there]
        counted.append(len([sql for sql in statements if "index_term" in sql]))
    # Each new identifier is asked for once more when it is claimed, whatever finds the conditions.
    claims = len(new) - 2
    assert counted[1] - counted[0] <= claims


def test_beyond_as_many_as_a_bundle_has_entries_none_is_looked_up(both: House, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = reading(both, monkeypatch)
    targets = [f"Patient?identifier={NOBODY}|{n}" for n in range(MOST_REFERENCES + 1)]
    standing = both.standing()
    statements.clear()
    answer = both.fhir("POST", "/", bundle(entry("POST", "Patient", linked(*targets))))
    assert (answer.status_code, issues(answer)) == (413, [("too-costly", "")])
    assert statements == []
    # One reference many times is one; as many as may be are told one by one.
    same = both.fhir("POST", "/", bundle(entry("POST", "Patient", linked(*[targets[0]] * 600))))
    assert (same.status_code, len(issues(same))) == (422, 1)
    statements.clear()
    most = both.fhir("POST", "/", bundle(entry("POST", "Patient", linked(*targets[:-1]))))
    assert (most.status_code, len(issues(most))) == (422, MOST_REFERENCES)
    assert len([sql for sql in statements if "index_term" in sql]) == -(-MOST_REFERENCES // 128)
    assert both.standing() == standing


def test_what_two_have_leads_to_neither(both: House) -> None:
    (one,) = created(both, 1)
    twin = stamped(one | {"id": "twin"}, 1, NOON)
    both.store.commit(Unit(chain="common", recorded=NOON, writes=(write_of(twin, 1),)))
    (other,) = created(both, 1)
    targets = [f"Patient?{number(one)}", f"Patient?{number(other)}", f"Patient?identifier={NOBODY}|nobody"]
    answer = both.fhir("POST", "/", bundle(entry("POST", "Patient", linked(*targets))))
    link = "Bundle.entry[0].resource.link"
    assert issues(answer) == [
        ("multiple-matches", f"{link}[0].other.reference"),
        ("value", f"{link}[2].other.reference"),
    ]
    answer = both.fhir("POST", "/", bundle(entry("POST", "Patient", patient(), ifNoneExist=number(one))))
    assert issues(answer) == [("multiple-matches", "Bundle.entry[0].request.ifNoneExist")]
