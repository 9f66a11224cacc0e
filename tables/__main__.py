"""The command: writes ``mappings/fhir/r4.tsv``; with ``--check``, compares it, writes nothing and ends with 1 if it differs."""

import json
import sys
from pathlib import Path
from typing import Final

from tables.models import tables

FILE: Final = Path(__file__).parents[1] / "mappings" / "fhir" / "r4.tsv"


def written() -> str:
    """A line for each type: its name, a tabulator, its table in JSON; nothing there for what has none."""
    return "".join(f"{name}\t{_line(table)}\n" for name, table in tables().items())


def _line(table: dict[str, object]) -> str:
    return json.dumps(table, ensure_ascii=False, separators=(",", ":")) if table else ""


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        return int(FILE.read_text("utf-8") != written())
    if arguments:
        print("python -m tables [--check]", file=sys.stderr)
        return 2
    FILE.write_text(written(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
