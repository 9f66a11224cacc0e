"""A mark of certainty does what it says: doubtful decides nothing, general knowledge is for drafts, and it is shown."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from mappings.domain.protocol import Obstacle, Protocol
from mappings.domain.sheet import sheet_of
from mappings.fhir.plan_definition import plan_definition_from_protocol
from mappings.issues import Refused
from mappings.records.protocol import protocols_from_toml
from service.cli import main
from tests.catalogue.test_patients import catalogue
from tests.mappings.example import example_files

FOLDERS = Path(__file__).parents[2] / "fixtures" / "protocols"


def example(name: str, change: Callable[[str], str]) -> Protocol:
    """The whole and checked example of docs/adding.md, with one of its files changed."""
    files = example_files()
    changed = change(files[f"{name}.toml"])
    assert changed != files[f"{name}.toml"]
    (protocol,) = protocols_from_toml(files | {f"{name}.toml": changed})
    return protocol


def marked(table: str, mark: str) -> Callable[[str], str]:
    """The first mark after ``table`` becomes another."""

    def change(text: str) -> str:
        before, after = text.split(f"{table}\n", 1)
        return f"{before}{table}\n" + after.replace('certitude = "S"', f'certitude = "{mark}"', 1)

    return change


@pytest.mark.parametrize(
    ("name", "table", "mark", "obstacles"),
    [
        ("protocole", "[[versions]]", "G", ("general-knowledge",)),
        ("protocole", "[[delegants]]", "G", ("general-knowledge",)),
        ("protocole", "[[delegues]]", "G", ("general-knowledge",)),
        ("protocole", "[[structures]]", "G", ("general-knowledge",)),
        ("protocole", "[[formations]]", "G", ("general-knowledge",)),
        ("examen", 'id = "temperature"', "G", ("general-knowledge",)),
        # What a score reads is read too.
        ("examen", 'id = "genant"', "G", ("general-knowledge",)),
        ("criteres", 'id = "age"', "G", ("general-knowledge",)),
        # Words decide of nothing.
        ("protocole", "[risques]", "G", ()),
        # A doubtful structure admits nobody, and is shown: it keeps nothing back.
        ("protocole", "[[structures]]", "D", ()),
    ],
)
def test_general_knowledge_is_for_drafts(name: str, table: str, mark: str, obstacles: tuple[Obstacle, ...]) -> None:
    protocol = example(name, marked(table, mark))
    assert protocol.obstacles == obstacles
    assert protocol.status == ("draft" if obstacles else "active")


@pytest.mark.parametrize("mark", ["G", "D", "X"])
def test_an_act_that_may_not_derogate_keeps_the_definition_a_draft(mark: str) -> None:
    old = 'certitude-derogatoire = "S"'
    protocol = example("actes", lambda text: text.replace(old, f'certitude-derogatoire = "{mark}"', 1))
    assert protocol.obstacles == ("derogation",)


@pytest.mark.parametrize("mark", ["D", "X"])
def test_a_doubtful_date_of_effect_is_refused(mark: str) -> None:
    with pytest.raises(Refused) as refused:
        example("protocole", marked("[[versions]]", mark))
    (issue,) = refused.value.issues
    lines = example_files()["protocole.toml"].splitlines()
    at = lines.index("[[versions]]") + 1 + lines[lines.index("[[versions]]") :].index('certitude = "S"')
    assert issue.text.startswith(f"protocole.toml, ligne {at} : ")


def test_how_the_dates_of_a_version_are_known_is_shown() -> None:
    (asalee,) = (one for one in catalogue().values() if one.id == "pc-asalee")
    assert asalee.period
    (dates,) = (item for item in sheet_of([asalee], asalee, asalee.period.start).items if item.key == "dates")
    assert [(one.text, one.certainty, one.to_validate) for one in dates.statements] == [
        ("Depuis le 3\u00a0mars\u00a02021", "G", True)
    ]
    published = plan_definition_from_protocol(asalee, asalee.period.start)
    assert published["description"].endswith("Certitude G : connaissance générale, à valider.")
    order = published["relatedArtifact"][0]
    assert (order["label"], order["citation"].endswith("(à valider)")) == ("G", True)


def test_why_a_definition_is_a_draft_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BINOME_DATABASE", f"sqlite:///{tmp_path}/binome.sqlite")
    folder = tmp_path / "exemple"
    folder.mkdir()
    files = example_files()
    text = files["protocole.toml"].replace('exclusion = "complète"', 'exclusion = "partielle"')
    files["protocole.toml"] = text.replace("annexe-verifiee = true", "annexe-verifiee = false").replace(
        'par = "Dr TEST-RELECTRICE"\nle = 2026-06-01\n', ""
    )
    for name, written in files.items():
        (folder / name).write_text(written, encoding="utf-8")
    assert main(["check", "protocol", str(folder)]) == 1
    told = capsys.readouterr().out.splitlines()
    at = told.index("Version 2026.1 : ce qui la retient à l’état de brouillon")
    assert told[at + 1 : at + 4] == [
        "  La liste des exclusions n’est pas complète, et aucun clinicien nommé n’en répond (derogation-clinicien).",
        "  Le contrôle sur l’annexe n’est pas fait (annexe-verifiee).",
        "",
    ]


@pytest.mark.parametrize("folder", sorted(path.name for path in FOLDERS.iterdir() if path.is_dir()))
def test_what_is_missing_is_told_once(folder: str) -> None:
    """The page of a folder and its definition name the same gaps."""
    table = tomllib.loads((FOLDERS / folder / "protocole.toml").read_text(encoding="utf-8"))
    page = (FOLDERS / folder / "LISEZ-MOI.md").read_text(encoding="utf-8")
    _, _, after = page.partition("## Ce qui manque\n\n")
    bullets = [line[2:] for line in after.partition("\n\n")[0].splitlines()]
    assert bullets == [f"{gap['texte']}." for gap in table["lacunes"]]


@pytest.mark.parametrize("folder", sorted(path.name for path in FOLDERS.iterdir() if path.is_dir()))
def test_every_source_is_cited(folder: str) -> None:
    """A source that nothing cites is a fact that was lost."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in (FOLDERS / folder).glob("*.toml")}
    sources = tomllib.loads(texts.pop("sources.toml"))
    assert [key for key in sources if not any(f'source = "{key}"' in text for text in texts.values())] == []
