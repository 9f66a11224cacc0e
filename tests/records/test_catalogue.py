"""The catalogue reads every folder, and tells every fault of every one."""

import shutil
from pathlib import Path

import pytest

from mappings.issues import Refused
from service.records.catalogue import load_catalogue
from tests.mappings.torsion import FOLDER

CANONICAL = "https://binome.example/fhir/PlanDefinition/pc-torsion-cheville|2026.1"


def test_shipped_protocols() -> None:
    catalogue = load_catalogue(FOLDER.parent)
    assert catalogue[CANONICAL].short_title == "Torsion de cheville"
    assert all(canonical == protocol.canonical for canonical, protocol in catalogue.items())


def test_the_same_version_twice(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "un")
    shutil.copytree(FOLDER, tmp_path / "deux")
    with pytest.raises(Refused, match="duplicate un"):
        load_catalogue(tmp_path)


def test_faults_of_every_folder(tmp_path: Path) -> None:
    for name in ("un", "deux"):
        shutil.copytree(FOLDER, tmp_path / name)
        (tmp_path / name / "actes.toml").unlink()
    with pytest.raises(Refused) as refused:
        load_catalogue(tmp_path)
    assert [issue.expression for issue in refused.value.issues] == ["deux/actes.toml", "un/actes.toml"]
