"""What the pages say of the code is so: the diagram, the links, the files and names they point at."""

import re
from pathlib import Path

import pytest

from service.outbox.states import diagram

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [
    *(ROOT / name for name in ("README.md", "GLOSSARY.md", "CHANGELOG.md")),
    *(ROOT / "docs").glob("*.md"),
    *DECISIONS,
]
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
#: A path of ours in a code span.
_PATH = re.compile(r"`((?:service|mappings|profiles|fixtures|tests|docs|bench)/[\w./-]+)`")
#: A registry and where it stands: `RULES`, in `service/rules/__init__.py`.
_NAMED = re.compile(r"`([A-Za-z_]+)`,? in `((?:service|mappings)/[\w./]+\.py)`")
SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for room in ("service", "mappings") for path in sorted((ROOT / room).rglob("*.py"))
)


def names(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_the_diagram_is_the_table() -> None:
    assert f"```mermaid\n{diagram()}```" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_link_and_every_path_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [page.parent / target for target in _LINK.findall(text)]
    paths = [ROOT / target for target in _PATH.findall(text)]
    assert [str(target) for target in links + paths if not target.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_name_stands_where_it_is_said_to(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    absent = [
        f"{name} in {file}"
        for name, file in _NAMED.findall(text)
        if not re.search(rf"^\s*(def |class )?{name}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert absent == []


def test_every_term_of_the_glossary_is_used() -> None:
    rows = re.findall(r"^\| [^|]+ \| `([^`]+)` \|", (ROOT / "GLOSSARY.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 40
    assert [name for name in rows if not re.search(rf"\b{re.escape(name)}", SOURCES)] == []


def test_decisions_are_numbered_without_a_hole() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=names)
def test_a_decision_tells_context_choice_and_consequence(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Choice", "Consequence"]


def test_every_command_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    wanted = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
    assert wanted
    assert [target for target in wanted if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
