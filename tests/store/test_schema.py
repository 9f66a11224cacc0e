"""Migrations go forward on a filled database, once each, or not at all."""

from pathlib import Path

import pytest

from service.ledger.verify import verify
from service.store import UnsafeSettings, open_store, schema
from service.store.schema import FOLDER, migrations
from service.store.unit import Index
from tests.stores import act, run_sql, search, unit, word, write


def copy_with(tmp_path: Path, **more: str) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in FOLDER.glob("*.sql"):
        (folder / path.name).write_text(path.read_text())
    for name, text in more.items():
        (folder / f"{name}.sql").write_text(text)
    return folder


@pytest.fixture
def next_number() -> int:
    return len(migrations("sqlite")) + 1


def known_migrations(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for engine in ("sqlite", "postgres"):
        monkeypatch.setattr(f"service.store.{engine}.migrations", lambda name: schema.migrations(name, folder))


def test_forward_on_a_filled_database(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, next_number: int
) -> None:
    store = open_store(database, test=True)
    store.commit(act("x"))
    store.close()
    open_store(database, test=True).close()
    text = "ALTER TABLE request ADD COLUMN note text; CREATE TABLE later (a text); INSERT INTO later VALUES ('é');"
    with monkeypatch.context() as patched:
        known_migrations(patched, copy_with(tmp_path, **{f"{next_number:04}_later": text}))
        store = open_store(database, test=True)
        store.commit(act("y"))
        assert verify(store) == []
        assert store.read("Procedure", "x-0") is not None
        store.close()
    assert run_sql(database, "SELECT a FROM later") == [("é",)]
    with pytest.raises(UnsafeSettings, match="en connaît"):
        open_store(database, test=True)


def test_versions_written_before_the_opaque_index_are_numbered_and_found_once_it_is_filled(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of the first migration alone, written as its program wrote it."""
    first = tmp_path / "first"
    first.mkdir()
    for path in FOLDER.glob("0001_*.sql"):
        (first / path.name).write_text(path.read_text())
    with monkeypatch.context() as patched:
        known_migrations(patched, first)
        open_store(database, test=True).close()
    body = "X'7B7D'" if database.startswith("sqlite") else "'{}'::bytea"
    rows = [("a", 1, 30), ("b", 1, 10), ("b", 2, 20), ("c", 1, 40)]
    for sequence, (id, version, recorded) in enumerate(rows, 1):
        emptied = body if id != "c" else body.replace("7B7D", "").replace("{}", "")
        run_sql(
            database,
            "INSERT INTO resource_version (type, id, version, recorded, chain, sequence, body)"
            f" VALUES ('Procedure', '{id}', {version}, {recorded}, 'chain', {sequence}, {emptied})",
        )
    store = open_store(database, test=True)
    assert store.vocabulary() == ""
    assert [(v.version, v.number) for v in store.history("Procedure", "b")] == [(2, 2), (1, 1)]
    assert search(store) == []
    assert store.fill("words", lambda body: Index(terms=(word("Procedure"), word(body.decode())))) == 2
    assert store.vocabulary() == "words"
    assert [(v.id, v.version, v.number) for v in search(store)] == [("b", 2, 2), ("a", 1, 3)]
    assert store.bearers(word("{}")) == ["b", "a"]
    store.commit(unit(writes=(write("d"),)))
    assert [v.number for v in search(store)] == [2, 3, 5]
    # Filled again in other words: nothing of the first remains.
    assert store.fill("others", lambda _: Index(terms=(word("Procedure"), word("x")))) == 3
    assert store.bearers(word("{}")) == []
    assert store.bearers(word("x")) == ["b", "a", "d"]
    store.close()
    with pytest.raises(Exception, match="append-only"):
        run_sql(database, "DELETE FROM resource_version")


def test_a_broken_step_changes_nothing(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, next_number: int
) -> None:
    with monkeypatch.context() as patched:
        folder = copy_with(
            tmp_path, **{f"{next_number:04}_broken": "CREATE TABLE later (a text); SELECT no_such_thing;"}
        )
        known_migrations(patched, folder)
        with pytest.raises(Exception, match="no_such_thing"):
            open_store(database, test=True)
    store = open_store(database, test=True)
    store.commit(unit(writes=(write("a"),)))
    store.close()
    with pytest.raises(Exception, match="later"):
        run_sql(database, "SELECT * FROM later")


def test_a_changed_step_is_noticed(database: str) -> None:
    open_store(database, test=True).close()
    run_sql(database, "UPDATE schema_version SET digest = 'x'")
    with pytest.raises(UnsafeSettings, match="pas celle"):
        open_store(database, test=True)


def test_names_and_numbers(tmp_path: Path) -> None:
    assert [m.number for m in migrations("sqlite")] == [m.number for m in migrations("postgresql")]
    with pytest.raises(ValueError, match="hole"):
        migrations("sqlite", copy_with(tmp_path, **{"0099_far": ""}))
    (tmp_path / "migrations" / "misnamed.sql").write_text("")
    with pytest.raises(ValueError, match="not the name"):
        migrations("sqlite", tmp_path / "migrations")
