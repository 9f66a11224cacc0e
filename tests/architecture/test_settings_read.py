"""The settings as an operator gives them: what is wrong is told by its name, what is secret is not shown."""

import traceback
from pathlib import Path

import pytest

from service.cli import main
from service.config import settings_from
from service.store import open_store
from tests.clients.scripted import closed_port


def test_a_bad_number_is_told_with_its_setting_and_without_its_value() -> None:
    with pytest.raises(ValueError, match="BINOME_PORT : un nombre entier est attendu") as told:
        settings_from({"BINOME_PORT": "huit-mille"})
    assert "huit-mille" not in str(told.value)


def test_every_bad_number_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="BINOME_PORT, BINOME_THREADS : un nombre entier"):
        settings_from({"BINOME_THREADS": "", "BINOME_PORT": "8o80", "BINOME_LANES": "4"})


@pytest.mark.parametrize(
    ("name", "told"),
    [("PORT", "BINOME_PORT : un nombre entier est attendu."), ("PROT", "Réglage inconnu : BINOME_PROT.")],
)
def test_a_command_says_it_and_does_nothing(
    name: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"BINOME_{name}", "x")
    assert main(["trace", "nobody"]) == 1
    assert capsys.readouterr().err == f"{told}\n"


@pytest.mark.parametrize(
    "name",
    [
        "BINOME_DATABASE",
        "BINOME_DIRECTORY_KEY",
        "BINOME_MSSANTE_CLIENT_SECRET",
        "BINOME_MSSANTE_REFRESH_TOKEN",
        "BINOME_PDSM_AUTHORIZATION",
        "BINOME_PORTAL_TOKEN",
    ],
)
def test_a_secret_is_not_in_what_the_settings_show(name: str) -> None:
    assert "mot-de-passe" not in repr(settings_from({name: "mot-de-passe"}))


#: Of each a driver would tell the password, or a piece of it, which it takes for something else.
MALFORMED = [
    "postgresql://binome:mot-de-passe@[::1/binome",
    "postgresql://binome:%zz-mot-de-passe@127.0.0.1:1/binome",
    "postgresql://binome:a@mot-de-passe@127.0.0.1:1/binome",
    "postgresql://binome:a/mot-de-passe@127.0.0.1:1/binome",
    "postgresql://binome:1/mot-de-passe@127.0.0.1:1/binome",
    "postgresql://binome@127.0.0.1:mot-de-passe/binome",
]


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_database_is_told_without_a_word_of_it(url: str) -> None:
    with pytest.raises(ValueError, match="^BINOME_DATABASE n’est pas une adresse PostgreSQL") as told:
        open_store(url)
    assert "mot-de-passe" not in "".join(traceback.format_exception(told.value))


def test_a_database_that_does_not_answer_is_told_without_its_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    url = f"postgresql://binome:mot-de-passe@127.0.0.1:{closed_port()}/binome"
    with pytest.raises(Exception, match="Connection refused") as told:
        open_store(url)
    assert "mot-de-passe" not in "".join(traceback.format_exception(told.value)) + caplog.text


@pytest.mark.parametrize(
    ("setting", "value", "command"),
    [
        ("DATABASE", "nowhere", ["verify"]),
        ("DATABASE", "sqlite:///", ["verify"]),
        ("DATABASE", "sqlite:////proc/nowhere/base.sqlite", ["verify"]),
        ("DATABASE", "postgresql://binome:a@mot-de-passe@127.0.0.1:1/binome", ["verify"]),
        ("DATABASE", "nowhere", ["worker"]),
        ("DATABASE", "nowhere", ["serve"]),
        ("DMP_MODE", "nowhere", ["worker"]),
        ("DMP_MODE", "nowhere", ["serve"]),
        ("LEASE_SECONDS", "1", ["worker"]),
        ("MSSANTE", "nowhere", ["worker"]),
        ("INBOUND", "nowhere", ["fetch-mail"]),
        ("HOST", "0.0.0.0", ["serve"]),  # what is refused
        ("PORT", "99999", ["serve"]),
        ("PROCESSES", "0", ["serve"]),
        ("COUNTERSIGN", "2", ["verify"]),
        ("OWN_CORES", "2", ["verify"]),
        ("KEYS", "/proc/nowhere", ["token", "99900001019"]),
        ("PORTAL", "ftp://nowhere", ["import", "portal"]),
        ("PORTAL_FORM", "nowhere", ["import", "portal"]),
    ],
)
def test_a_setting_that_cannot_be_used_ends_the_command_with_one_sentence(
    setting: str,
    value: str,
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BINOME_DATABASE", f"sqlite:///{tmp_path}/base.sqlite")
    monkeypatch.setenv("BINOME_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("BINOME_PORT", str(closed_port()))
    monkeypatch.setenv(f"BINOME_{setting}", value)
    assert main(command) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"BINOME_{setting}")
    assert told.count("\n") == 1
    assert "mot-de-passe" not in told
