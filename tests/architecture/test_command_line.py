"""The help of the command, and what it says of a line that it cannot read, are in one language."""

import argparse
import re
from collections.abc import Iterator

import pytest

from service import cli
from service.commands.line import line

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
        (("nope",), "'nope' n’est pas admis"),
        (("verify", "--nope"), "argument inconnu : --nope"),
        (("letters", "--by"), "--by : une valeur est attendue"),
        (("visibility", "x", "--by", "1", "--masked", "oui"), "'oui' n’est pas admis"),
        (("import", "portal", "--all=oui"), "'oui' est de trop"),
        (("sandbox", "--mail"), "--mail est ambigu"),
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
