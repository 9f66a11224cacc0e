"""The settings as an operator gives them: what is wrong is told by its name, what is secret is not shown."""

import traceback

import pytest

from service.cli import main
from service.config import settings_from
from service.store import open_store
from tests.clients.scripted import closed_port


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
    with pytest.raises(ValueError, match="^BINOME_DATABASE is no PostgreSQL url") as told:
        open_store(url)
    assert "mot-de-passe" not in "".join(traceback.format_exception(told.value))


def test_a_database_that_does_not_answer_is_told_without_its_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    url = f"postgresql://binome:mot-de-passe@127.0.0.1:{closed_port()}/binome"
    with pytest.raises(Exception, match="Connection refused") as told:
        open_store(url)
    assert "mot-de-passe" not in "".join(traceback.format_exception(told.value)) + caplog.text
