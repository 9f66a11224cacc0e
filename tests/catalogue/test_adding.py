"""The page docs/adding.md, followed to the letter by somebody who has never seen the code."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from mappings.domain.deciding import decide
from mappings.domain.judgement import judge
from mappings.issues import Refused
from mappings.records.protocol import FILES
from service.cli import main
from service.clock import system_clock
from service.config import settings_from
from service.publishing import publish
from service.records.catalogue import load_catalogue
from service.store import open_store
from tests.mappings.example import example_files

POINTS = 12
QUESTIONS = 6


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the page has one write, each file as the page shows it."""
    monkeypatch.setenv("BINOME_DATABASE", f"sqlite:///{tmp_path}/var/binome.sqlite")
    made = tmp_path / "protocols" / "exemple"
    made.mkdir(parents=True)
    for name, text in example_files().items():
        (made / name).write_text(text, encoding="utf-8")
    (made / "LISEZ-MOI.md").write_text("# Exemple\n", encoding="utf-8")
    return made


def check(folder: Path, capsys: pytest.CaptureFixture[str], what: str = "protocol") -> tuple[int, list[str]]:
    code = main(["check", what, str(folder)])
    return code, capsys.readouterr().out.splitlines()


def test_the_page_shows_every_file() -> None:
    assert sorted(example_files()) == sorted(FILES)


def test_every_point_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = check(folder, capsys)
    assert code == 0
    assert len([line for line in lines if line.startswith("  ✓")]) == POINTS + QUESTIONS
    assert not [line for line in lines if line.startswith(("  manque", "  à valider"))]


def test_the_folder_is_all_that_it_takes(folder: Path) -> None:
    (protocol,) = load_catalogue(folder.parent).values()
    assert (protocol.regime, protocol.status) == ("local", "active")
    answers = {"demande": True, "temperature": None, "aggravation": False, "genant": True}
    assert decide(judge(protocol, answers, 50), answers, answers).wanted == ("temperature",)


def test_a_new_version_as_the_page_says(folder: Path) -> None:
    """``fin`` on the one before, a block more; what changes is closed, and opened again below."""
    path = folder / "protocole.toml"
    first = path.read_text(encoding="utf-8")
    block = first[first.index("[[versions]]") : first.index("[[references]]")]
    second = block.replace("2026.1", "2027.1").replace("2026-06-01", "2027-12-01")
    closed = block.replace("debut = 2026-06-01", "debut = 2026-06-01\nfin = 2027-11-30")
    path.write_text(first.replace(block, closed + second), encoding="utf-8")
    path = folder / "criteres.toml"
    text = path.read_text(encoding="utf-8")
    adult = text[: text.index("[[criteres]]", 1)]
    older = adult.replace('id = "age"', 'id = "age"\njusqu-a = "2026.1"')
    newer = adult.replace('id = "age"', 'id = "age"\ndepuis = "2027.1"').replace("18", "21")
    path.write_text(text.replace(adult, older + newer), encoding="utf-8")
    before, after = load_catalogue(folder.parent).values()
    answers = {"demande": True, "temperature": None, "aggravation": False, "genant": True}
    ages = [[judge(protocol, answers, age).criteria[0].truth.value for age in (18, 21)] for protocol in (before, after)]
    assert ages == [["yes", "yes"], ["no", "yes"]]
    assert (before.status, after.status, after.predecessor) == ("active", "active", before.canonical)


@pytest.mark.parametrize(
    ("name", "old", "new", "mark", "point", "remark"),
    [
        ("protocole", '[objectif]\ntexte = "Montrer comment s’écrit un protocole"\nsource = "equipe"\ncertitude = "S"\n', "", "manque", "1.", "but : rien n’est écrit"),
        ("protocole", 'code = "SA52"\nlibelle = "Maison de santé pluriprofessionnelle"\ndebut = 2026-06-01\nsource = "equipe"\ncertitude = "S"', 'code = "SA52"\nlibelle = "Maison de santé"\nsource = "equipe"\ncertitude = "D"', "à valider", "2.", "structures : 1 fait à valider"),
        ("protocole", 'exclusion = "complète"', 'exclusion = "partielle"', "à valider", "3.", "exclusion : liste partielle"),
        ("protocole", 'libelle = "Infirmier"\ndebut = 2026-06-01\nsource = "equipe"\ncertitude = "S"', 'libelle = "Infirmier"\nsource = "equipe"\ncertitude = "G"', "à valider", "4.", "délégués : 1 fait à valider"),
        ("protocole", 'formation = "complète"', 'formation = "inconnue"', "à valider", "5.", "formation : liste dont on ne sait pas si elle est complète"),
        ("protocole", 'recours = "complète"', 'recours = "partielle"', "à valider", "6.", "recours au délégant : liste partielle"),
        ("protocole", 'examen = "complète"', 'examen = "partielle"', "à valider", "7.", "examen : liste partielle"),
        ("protocole", 'actes = "complète"', 'actes = "partielle"', "à valider", "8.", "actes : liste partielle"),
        ("decision", "si = { age-maximum = 65 }", 'si = { a-valider = "Âge à écrire" }', "à valider", "9.", "Âge à écrire"),
        ("information", 'id = "info-refus"\nlibelle = "Vous pouvez refuser, ou changer d’avis à tout moment."\nsource = "equipe"\ncertitude = "S"', 'id = "info-refus"\nlibelle = "…"\nsource = "equipe"\ncertitude = "X"', "à valider", "10.", "information : 1 fait à valider"),
        ("protocole", '[assurance]\ntexte = "Chaque membre est couvert en responsabilité civile professionnelle"\nsource = "equipe"\ncertitude = "S"\n', "", "manque", "11.", "assurance en responsabilité : rien n’est écrit"),
        ("protocole", '[[indicateurs]]\ntexte = "Part des patients satisfaits"\nsource = "equipe"\ncertitude = "S"\n', "", "manque", "12.", "indicateurs propres, en plus des quatre de la loi : rien n’est écrit"),
        ("protocole", '[objectif]\ntexte = "Montrer comment s’écrit un protocole"\nsource = "equipe"\ncertitude = "S"\n', "", "manque", "Pourquoi ?", "but : rien n’est écrit"),
        ("protocole", 'debut = 2026-06-01\nsource = "equipe"\ncertitude = "S"\n\n[versions', 'source = "equipe"\ncertitude = "S"\n\n[versions', "manque", "Quand ?", "date d’effet : rien n’est écrit"),
    ],
)  # fmt: skip
def test_each_point_is_told(folder: Path, capsys: pytest.CaptureFixture[str], name: str, old: str, new: str, mark: str, point: str, remark: str) -> None:  # fmt: skip
    path = folder / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    # A draft: what would be in force and lacks one of the five is refused instead.
    draft = text.replace(
        'annexe-verifiee = true\npar = "Dr TEST-RELECTRICE"\nle = 2026-06-01', "annexe-verifiee = false"
    )
    path.write_text(draft.replace(old, new, 1), encoding="utf-8")
    tomllib.loads(path.read_text(encoding="utf-8"))
    code, lines = check(folder, capsys)
    assert code == 1
    (place,) = [n for n, line in enumerate(lines) if line.startswith(f"  {mark}") and f"  {point}" in line]
    assert remark in [line.strip() for line in lines[place + 1 : place + 4]]


def test_faults_are_told_with_their_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "examen.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("Cel", "degré"), encoding="utf-8")
    code, lines = check(folder, capsys)
    assert code == 1
    assert lines[0] == "exemple : une faute à corriger"
    at = next(n for n, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "degré" in row)
    assert lines[2].startswith(f"  examen.toml, ligne {at} : L’unité « degré » n’est pas une unité UCUM connue ici.")
    # And what may be written instead.
    assert "Cel" in lines[2].partition("Celles qui le sont : ")[2]


def test_no_such_folder_and_no_readme(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(folder / "absent", capsys) == (1, [f"Le dossier {folder / 'absent'} n’existe pas."])
    (folder / "LISEZ-MOI.md").unlink()
    code, lines = check(folder, capsys)
    assert code == 1
    assert lines[-1] == "Le fichier LISEZ-MOI.md manque."


def test_a_faulty_catalogue_does_not_start_and_says_why(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BINOME_PROTOCOLS", str(folder.parent))
    path = folder / "actes.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("nature", "natur", 1), encoding="utf-8")
    assert main(["serve"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "exemple/actes.toml, ligne 1 : « nature » manque.",
        "exemple/actes.toml, ligne 3 : La clé « natur » n’est pas attendue ici.",
    ]


def without(text: str, table: str) -> str:
    """``text`` without a table and what it holds."""
    begin = text.index(f"{table}\n")
    end = text.find("\n[", begin + len(table))
    return text[:begin] + (text[end + 1 :] if end > 0 else "")


@pytest.mark.parametrize(
    ("name", "change", "item"),
    [
        ("protocole", lambda text: without(text, "[objectif]"), "Objectifs"),
        (
            "actes",
            lambda text: text.replace("derogatoire = true", "derogatoire = false"),
            "Actes dérogatoires autorisés",
        ),
    ],
)
def test_a_version_in_force_says_the_five_items(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, change: Callable[[str], str], item: str
) -> None:
    path = folder / f"{name}.toml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    code, lines = check(folder, capsys)
    assert code == 1
    protocol = (folder / "protocole.toml").read_text(encoding="utf-8").splitlines()
    line = protocol.index("[[versions]]") + 1
    assert lines[2].startswith(
        f"  protocole.toml, ligne {line} : La version « 2026.1 » serait en vigueur sans rien dire de « {item} »"
    )
    with pytest.raises(Refused, match="required"):
        load_catalogue(folder.parent)
    draft = (
        "\n".join(protocol)
        .replace("annexe-verifiee = true", "annexe-verifiee = false")
        .replace('par = "Dr TEST-RELECTRICE"\nle = 2026-06-01', "")
    )
    (folder / "protocole.toml").write_text(draft, encoding="utf-8")
    assert [one.status for one in load_catalogue(folder.parent).values()] == ["draft"]


def test_a_version_in_force_that_changed_stops_the_service_and_says_where(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BINOME_PROTOCOLS", str(folder.parent))
    store = open_store(settings_from().database)
    publish(store, load_catalogue(folder.parent), system_clock)
    store.close()
    assert main(["check", "protocol", str(folder), "--published"]) == 0
    assert (
        capsys.readouterr().out.splitlines()[-1]
        == "Rien de ce qui est en vigueur ne diffère de ce qui a été publié ici."
    )
    path = folder / "criteres.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("age-minimum = 18", "age-minimum = 17"), encoding="utf-8")
    line = (folder / "protocole.toml").read_text(encoding="utf-8").splitlines().index("[[versions]]") + 1
    where = f"exemple/protocole.toml, ligne {line} : La version « 2026.1 » de « Exemple » a été publiée"
    assert main(["check", "protocol", str(folder), "--published"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith(where)
    assert main(["check", "catalogue", str(folder.parent), "--published"]) == 1
    assert main(["serve"]) == 1
    assert capsys.readouterr().err.startswith(where)


@pytest.mark.parametrize("table", ["[[formations]]", "[[structures]]"])
def test_without_carriers_or_training_a_version_is_a_draft_whatever_it_claims(folder: Path, table: str) -> None:
    path = folder / "protocole.toml"
    path.write_text(without(path.read_text(encoding="utf-8"), table), encoding="utf-8")
    assert [one.status for one in load_catalogue(folder.parent).values()] == ["draft"]
