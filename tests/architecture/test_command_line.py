"""The help of the command, and what it says of a line that it cannot read, are in one language."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import cli
from service.commands.line import line
from service.demonstration import SCENARIO

#: Words that no French sentence has, and that argparse's own words or an English help have.
_ENGLISH = re.compile(
    r"\b(the|of|and|with|what|when|from|this|that|one|file|folder|today|usage:|options:|show|message|exit|required|"
    r"following|argument \S+:|expected|invalid|choose|unrecognized|arguments:)(?!\w)"
)


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in dict.fromkeys(action.choices.values()):
                yield from parsers(below)


PARSERS = list(parsers(line()))


@pytest.mark.parametrize("parser", PARSERS, ids=lambda one: one.prog)
def test_no_help_is_in_english_and_none_is_missing(parser: argparse.ArgumentParser) -> None:
    told = parser.format_help()
    assert not _ENGLISH.findall(told), told
    for action in parser._actions:
        assert action.help or isinstance(action, argparse._SubParsersAction), action


def test_every_command_can_be_typed() -> None:
    assert {parser.prog.split()[1] for parser in PARSERS if " " in parser.prog} == set(cli._COMMANDS)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ((), "il manque : COMMANDE"),
        (("nope",), "« nope » n’est pas admis"),
        (("verify", "--nope"), "argument inconnu : --nope"),
        (("letters", "--by"), "--by : une valeur est attendue"),
        (("visibility", "x", "--by", "99900001019", "--masked", "oui"), "« oui » n’est pas admis"),
        (("import", "portal", "--all=oui"), "« oui » est de trop"),
        (("sandbox", "--mail"), "--mail est ambigu"),
        (("token", "abc"), "RPPS : un numéro RPPS compte 11 chiffres"),
        (("token", "99900001018"), "RPPS : un numéro RPPS compte 11 chiffres"),
        (("token", "99900001019", "--structure", "1"), "--structure : un numéro FINESS compte 9 caractères"),
        (("letters", "--replay", "x", "--by", "abc"), "--by : un numéro RPPS"),
        (("visibility", "x", "--by", "abc"), "--by : un numéro RPPS"),
        (("sandbox", "--mail-session", "jeton"), "--mail-session : un jeton et sa boîte"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_in_french(
    typed: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(typed)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert told in said
    assert not _ENGLISH.findall(said), said


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("load", "nowhere"), "nowhere/enrolments.json ne peut pas être lu."),
        (("load", str(SCENARIO), "--base", "http://127.0.0.1:1"), "Aucun service ne répond à http://127.0.0.1:1."),
        (("load", str(SCENARIO), "--base", "nowhere"), "Aucun service ne répond à nowhere."),
        (("sandbox", "--mail-login", "certificate"), "--mail-login demande aussi"),
        (("sandbox", "--mail-certificate", "nowhere"), "--mail-certificate, --mail-key"),
    ],
)
def test_what_a_command_is_given_and_cannot_use_is_told_in_one_sentence(
    typed: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BINOME_DATABASE", f"sqlite:///{tmp_path}/base.sqlite")
    assert cli.main(typed) == 1
    said = capsys.readouterr().err
    assert said.startswith(told)
    assert said.count("\n") == 1


def test_a_file_of_a_scenario_that_is_no_list_of_records_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BINOME_DATABASE", f"sqlite:///{tmp_path}/base.sqlite")
    for text, told in (("{", "n’est pas du JSON."), ("{}", "n’est pas une liste d’enregistrements.")):
        (tmp_path / "enrolments.json").write_text(text, encoding="utf-8")
        assert cli.main(("load", str(tmp_path))) == 1
        assert capsys.readouterr().err == f"{tmp_path}/enrolments.json {told}\n"
