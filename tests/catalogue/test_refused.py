"""What cannot be right stops at the load of the catalogue, and nothing of it starts: file, line, French sentence.

The whole list of faults, each with its very line, is in ``tests/mappings/records/test_bad_protocols.py``.
"""

import re
from pathlib import Path

import pytest

from mappings.issues import Refused
from service.cli import main
from service.records.catalogue import load_catalogue
from tests.mappings.example import example_files

ALWAYS = 'si = { au-moins-un = [{ question = "genant", est = true }, { question = "genant", est = false }] }'
FAULTS: dict[str, tuple[str, str, str, str]] = {
    "a cycle": ("decision", 'reorientation = "planned-by-protocol"', 'vers = "gene-importante"', "l’arbre tourne en rond."),
    "a dangling step": ("decision", 'vers = "age-du-suivi"', 'vers = "nulle-part"', "nulle-part"),
    "two true branches": ("decision", 'texte = "Après 65 ans"\nsinon = true', f'texte = "Après 65 ans"\n{ALWAYS}', "branches"),
    "an unknown unit": ("examen", 'unite = "Cel"', 'unite = "degrés"', "n’est pas une unité UCUM connue ici."),
    "a condition that does not compile": ("criteres", "{ age-minimum = 18 }", "{ age-mini = 18 }", "Une condition a une seule forme"),
    "a condition on nothing": ("criteres", 'question = "temperature"', 'question = "tension"', "n’existe pas dans l’examen."),
    "a file that does not read": ("criteres", "{ age-minimum = 18 }", "{ age-minimum = ", "n’est pas du TOML valide (ligne"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_refused_at_load(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, old, new, sentence = FAULTS[fault]
    folder = tmp_path / "protocols" / "exemple"
    folder.mkdir(parents=True)
    files = example_files()
    assert old in files[f"{name}.toml"]
    files[f"{name}.toml"] = files[f"{name}.toml"].replace(old, new, 1)
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_catalogue(folder.parent)
    texts = [issue.text for issue in refused.value.issues]
    assert any(sentence in text for text in texts), texts
    for text in texts:
        assert re.match(r"exemple/(Le fichier )?[a-z]+\.toml.*ligne \d+", text), text
        assert text.rstrip().endswith((".", ")."))
    # Neither does the service start on it.
    monkeypatch.setenv("BINOME_PROTOCOLS", str(folder.parent))
    monkeypatch.setenv("BINOME_DATABASE", f"sqlite:///{tmp_path}/binome.sqlite")
    assert main(["serve"]) == 1
    assert capsys.readouterr().err.splitlines() == texts
    assert not (tmp_path / "binome.sqlite").exists()
