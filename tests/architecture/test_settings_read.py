"""The settings as an operator gives them: what is wrong is told by its name, what is secret is not shown."""

import pytest

from service.cli import main
from service.config import settings_from


def test_a_bad_number_is_told_with_its_setting_and_without_its_value() -> None:
    with pytest.raises(ValueError, match="BINOME_PORT: not a whole number") as told:
        settings_from({"BINOME_PORT": "huit-mille"})
    assert "huit-mille" not in str(told.value)


def test_every_bad_number_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="BINOME_PORT, BINOME_THREADS: not a whole number"):
        settings_from({"BINOME_THREADS": "", "BINOME_PORT": "8o80", "BINOME_LANES": "4"})


@pytest.mark.parametrize(
    ("name", "told"), [("PORT", "BINOME_PORT: not a whole number"), ("PROT", "unknown setting: BINOME_PROT")]
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
        "BINOME_DIRECTORY_KEY",
        "BINOME_MSSANTE_CLIENT_SECRET",
        "BINOME_MSSANTE_REFRESH_TOKEN",
        "BINOME_PDSM_AUTHORIZATION",
        "BINOME_PORTAL_TOKEN",
    ],
)
def test_a_secret_is_not_in_what_the_settings_show(name: str) -> None:
    assert "mot-de-passe" not in repr(settings_from({name: "mot-de-passe"}))
