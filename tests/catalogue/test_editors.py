"""Files as people write them: slips of the pen, and what their editors do to a text."""

from pathlib import Path

import pytest

from mappings.issues import Refused
from service.cli import main
from service.records.catalogue import load_catalogue
from tests.mappings.example import example_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BINOME_DATABASE", f"sqlite:///{tmp_path}/binome.sqlite")
    made = tmp_path / "protocols" / "exemple"
    made.mkdir(parents=True)
    for name, text in (example_files() | {"LISEZ-MOI.md": "# Exemple"}).items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def check(folder: Path, capsys: pytest.CaptureFixture[str], what: str = "protocol") -> tuple[int, list[str]]:
    code = main(["check", what, str(folder)])
    return code, capsys.readouterr().out.splitlines()


def test_a_bound_that_no_answer_reaches(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the pen that would let everybody in."""
    path = folder / "examen.toml"
    bounded = path.read_text(encoding="utf-8").replace('unite = "Cel"', 'unite = "Cel"\nminimum = 30\nmaximum = 45')
    path.write_text(bounded, encoding="utf-8")
    assert check(folder, capsys)[0] == 0
    path = folder / "criteres.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("plus-de = 38", "plus-de = 380"), encoding="utf-8")
    code, lines = check(folder, capsys)
    assert code == 1
    assert lines[2].endswith(": Aucune réponse à la question « temperature » n’atteint cette valeur.")


def test_files_as_editors_write_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mark at the head of UTF-8 and the line ends of Windows are read; another encoding is told, not a crash."""
    path = folder / "criteres.toml"
    text = path.read_text(encoding="utf-8")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (folder / "brouillon.toml").mkdir()
    assert check(folder, capsys)[0] == 0
    path.write_bytes(text.replace("’", "'").encode("latin-1"))
    assert check(folder, capsys) == (
        1,
        [
            "exemple : une faute à corriger",
            "",
            "  Le fichier criteres.toml n’est pas en UTF-8 : enregistrez-le dans cet encodage.",
        ],
    )
    with pytest.raises(Refused) as refused:
        load_catalogue(folder.parent)
    assert refused.value.issues[0].text.startswith("exemple/Le fichier criteres.toml")


def test_a_catalogue_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "absent"
    assert check(absent, capsys, "catalogue") == (1, [f"Le dossier {absent} n’existe pas."])
    monkeypatch.setenv("BINOME_PROTOCOLS", str(absent))
    monkeypatch.setenv("BINOME_DATABASE", f"sqlite:///{tmp_path}/binome.sqlite")
    assert main(["serve"]) == 1
    assert capsys.readouterr().err == f"Le dossier des protocoles n’existe pas (BINOME_PROTOCOLS) : {absent}.\n"
