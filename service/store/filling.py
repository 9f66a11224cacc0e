"""The index made anew, when what is entered for a resource is no longer what it was."""

from collections.abc import Callable

from service.store import ground
from service.store.engine import Engine, Session
from service.store.unit import Index

_VOCABULARY = "SELECT name FROM index_vocabulary"
_TABLES = ("index_vocabulary", "index_term", "index_span", "index_text", "index_mask")
_EMPTY = tuple(f"DELETE FROM {table}" for table in _TABLES)
_CURRENT = """
    SELECT v.number, v.body FROM resource_version v WHERE v.number > ? AND length(v.body) > 0 AND NOT EXISTS (
        SELECT 1 FROM resource_version n WHERE n.type = v.type AND n.id = v.id AND n.version > v.version)
    ORDER BY v.number LIMIT ?"""
_WHOLE = "INSERT INTO index_vocabulary (name) VALUES (?)"
#: Versions read at once.
_SLICE = 500


def vocabulary(session: Session) -> str:
    found = session.rows(_VOCABULARY)
    return str(found[0][0]) if found else ""


def fill(engine: Engine, name: str, index_of: Callable[[bytes], Index]) -> int:
    """Every current version entered, in one commit: who starts meanwhile waits, and finds it done."""
    with engine.writing() as session:
        if vocabulary(session) == name:
            return 0
        for statement in _EMPTY:
            session.run_all(statement, [()])
        after, filled = 0, 0
        while some := session.rows(_CURRENT, (after, _SLICE)):
            entries = {number: index_of(body) for number, body in some}
            ground.enter(session, entries, ground.words_of(entries))
            after, filled = some[-1][0], filled + len(some)
        session.run_all(_WHOLE, [(name,)])
        return filled
