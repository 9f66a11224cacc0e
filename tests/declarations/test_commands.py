"""The commands as typed: what they say, what they leave on record, how they end."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mappings.domain.declaration import Declaration
from mappings.issues import Issue, Refused
from service import cli
from service.commands.importing import import_portal
from service.config import settings_from
from service.declarations import Keeping, Kept, declarations_of
from service.demonstration import dossiers
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from service.store import open_store
from tests.declarations.scene import FINESS, TOKEN
from tests.house import ROOT
from tests.mappings.records.workbooks import HEADING, LUCIE, WEBER, separated, workbook


class Desk:
    """A folder, a portal, and the command typed in front of them."""

    def __init__(self, folder: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.sandbox, self.capsys = folder, sandbox, capsys

    def run(self, *arguments: str) -> tuple[int, list[str]]:
        code = cli.main(arguments)
        told = self.capsys.readouterr()
        assert TOKEN not in told.out + told.err
        # Nobody is named on a terminal or in a log.
        assert "-FICTIF" not in told.out + told.err
        assert not re.search("[0-9]{11}", told.out + told.err)
        return code, told.out.splitlines()

    def declared(self) -> list[Declaration]:
        store = open_store(f"sqlite:///{self.folder / 'binome.sqlite'}")
        try:
            return declarations_of(store, FINESS)
        finally:
            store.close()

    def file(self, data: bytes) -> str:
        path = self.folder / "équipe.csv"
        path.write_bytes(data)
        return str(path)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    with Sandbox(validate=False, portal_token=TOKEN, dossiers=dossiers()) as sandbox:
        for name, value in {
            "DATABASE": f"sqlite:///{tmp_path / 'binome.sqlite'}",
            "PORTAL": sandbox.portal_url,
            "PORTAL_TOKEN": TOKEN,
            "PORTAL_FORM": str(ROOT / "fixtures" / "demarche" / "equipe.toml"),
            "PROTOCOLS": str(ROOT / "fixtures" / "protocols"),
        }.items():
            monkeypatch.setenv(f"BINOME_{name}", value)
        yield Desk(tmp_path, sandbox, capsys)


def test_the_portal_twice(desk: Desk) -> None:
    assert desk.run("import", "portal") == (0, ["Démarche 999001, dossiers : nouveaux 1."])
    assert desk.run("import", "portal") == (0, ["Démarche 999001, dossiers : inchangés 1."])
    assert desk.run("import", "portal", "--all") == (0, ["Démarche 999001, dossiers : inchangés 1."])
    (declared,) = desk.declared()
    assert len(declared.members) == 20


def test_what_is_aside_is_said(desk: Desk) -> None:
    (whole,) = dossiers()
    unknown = whole | {"number": 1002, "demarche": {"revision": {"id": "AUTRE"}}}
    desk.sandbox.state.portal.put(unknown)
    whole["champs"][-1]["rows"][0]["champs"][2]["stringValue"] = "Rebouteux"
    desk.sandbox.state.portal.put(whole)
    assert desk.run("import", "portal") == (
        0,
        ["Démarche 999001, dossiers : nouveaux 2.", "Écartés, avec leur motif : dossiers 1, lignes 1."],
    )


def test_a_trouble_leaves_nothing(desk: Desk) -> None:
    desk.sandbox.state.faults.order(Fault(destination="portal", kind="4xx", at="dossiers", times=1, code=401))
    code, told = desk.run("import", "portal")
    assert code == 1
    assert told == [
        "Démarche 999001 : le jeton est absent, faux ou expiré, ou n’ouvre pas cette démarche (401) ; "
        "rien n’a été repris."
    ]
    assert desk.declared() == []


def test_the_waits_are_those_that_the_portal_asks_for(desk: Desk) -> None:
    desk.sandbox.state.faults.order(Fault(destination="portal", kind="limited", at="dossiers", times=2, seconds=9.0))
    waits: list[float] = []
    assert import_portal(settings_from(), lambda _: None, everything=False, pause=waits.append) == 0
    assert waits == [9.0, 9.0]


def test_a_faulty_form_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    form = desk.folder / "demarche.toml"
    form.write_text("demarche = 0", encoding="utf-8")
    monkeypatch.setenv("BINOME_PORTAL_FORM", str(form))
    code, told = desk.run("import", "portal")
    assert code == 1
    assert "demarche.demarche : Le numéro de la démarche est un entier positif." in told


def test_a_dossier_that_is_refused_is_told_and_stops_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (whole,) = dossiers()
    desk.sandbox.state.portal.put(whole | {"number": 1000})
    keep = Keeping.keep

    def refuses(self: Keeping, declaration: Declaration) -> Kept:
        if declaration.receipt == "1000":
            raise Refused(Issue("duplicate", "identifier", "Déjà pris."))
        return keep(self, declaration)

    monkeypatch.setattr(Keeping, "keep", refuses)
    assert desk.run("import", "portal") == (
        1,
        [
            "Démarche 999001, dossiers : nouveaux 1.",
            "Dossier 1000 non repris : Déjà pris.",
            "Une fois la cause levée, relancer avec --all.",
        ],
    )


TEAM = (
    "--protocol",
    "pc-torsion-cheville",
    "--finess",
    FINESS,
    "--date",
    "20/10/2026",
    "--structure",
    "CPTS (FICTIVE)",
)


@pytest.mark.parametrize("data", [separated(HEADING, LUCIE, WEBER).encode("cp1252"), workbook(HEADING, LUCIE, WEBER)])
def test_a_file_goes_in_whole_and_once(desk: Desk, data: bytes) -> None:
    file = desk.file(data)
    code, told = desk.run("import", "team", file, *TEAM)
    assert (code, told) == (
        0,
        [
            "Liste enregistrée comme brouillon au 20/10/2026, professionnels : 2.",
            "Aucune liste n’était en vigueur : arrivés 2, partis 0, changés 0.",
        ],
    )
    (draft,) = desk.declared()
    assert draft.state == "draft"
    again = desk.run("import", "team", file, *TEAM)
    assert again == (0, ["Ce fichier était déjà enregistré : rien n’a changé."])
    assert desk.declared() == [draft]
    code, told = desk.run("import", "team", file, *TEAM, "--lodged")
    assert told[0] == "Liste enregistrée comme déclarée au 20/10/2026, professionnels : 2."
    (lodged,) = desk.declared()
    assert (lodged.state, lodged.members) == ("lodged", draft.members)


def test_what_a_file_changes_of_the_list_in_force(desk: Desk) -> None:
    desk.run("import", "portal")
    newcomer = ("ARNAUD-FICTIF", "Zoé", "Masseur-kinésithérapeute", "délégué", "99900003015", "12/10/2026")
    code, told = desk.run("import", "team", desk.file(separated(HEADING, LUCIE, WEBER, newcomer).encode()), *TEAM)
    assert (code, told[-1]) == (0, "Depuis la liste en vigueur : arrivés 1, partis 18, changés 0.")


def test_a_faulty_line_and_nothing_goes_in(desk: Desk) -> None:
    file = desk.file(separated(HEADING, LUCIE, ("", *WEBER[1:])).encode())
    assert desk.run("import", "team", file, *TEAM) == (1, ["Ligne 3 : le nom manque.", "Rien n’a été enregistré."])
    assert not (desk.folder / "binome.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--protocol", "pc-inconnu"), "Aucune version de ce protocole n’était en vigueur ce jour-là."),
        (("--finess", "12"), "Un numéro FINESS compte 9 caractères."),
        (("--date", "hier"), "La date n’est pas une date (exemples : 2026-10-20, 20/10/2026)."),
    ],
)
def test_what_the_command_is_told_wrong(desk: Desk, arguments: tuple[str, str], told: str) -> None:
    file = desk.file(separated(HEADING, LUCIE).encode())
    assert desk.run("import", "team", file, *TEAM, *arguments) == (1, [told, "Rien n’a été enregistré."])


def test_a_file_that_is_not_there(desk: Desk) -> None:
    code, told = desk.run("import", "team", str(desk.folder / "absent.csv"), *TEAM)
    assert (code, told[0]) == (1, "Le fichier ne peut pas être lu.")


def test_the_night(desk: Desk) -> None:
    desk.run("import", "portal")
    assert desk.run("nightly", "--date", "2026-11-20") == (
        0,
        [
            "Formations échues au 20/11/2026 : adhésions suspendues, 0.",
            "Tâches sans réponse, ou d’un délégant absent, adressées à un autre : 0.",
            "Revue annuelle en retard, due le 08/03/2021 : Torsion de cheville, version 2026.1 (pc-torsion-cheville).",
        ],
    )
    assert desk.run("escalate") == (0, ["Tâches sans réponse, ou d’un délégant absent, adressées à un autre : 0."])
    assert desk.run("nightly", "--date", "x")[0] == 1


def test_the_yearly_review_is_recalled_each_night(desk: Desk) -> None:
    """Of what a team here carries, a month before, until it is done; of nothing else."""

    def recalled(day: str) -> list[str]:
        code, told = desk.run("nightly", "--date", day)
        assert code == 0
        return [line for line in told if line.startswith("Revue annuelle")]

    assert recalled("2026-11-20") == []
    desk.run("import", "portal")
    (late,) = recalled("2026-11-20")
    assert "en retard" in late
    who = ("--by", "Dr TEST-RELECTRICE", "--rpps", "99900001019")
    assert desk.run("review", "pc-torsion-cheville", "--date", "2026-11-20", *who)[0] == 0
    assert recalled("2026-11-20") == []
    assert recalled("2027-10-20") == []
    soon = (
        "Revue annuelle à faire au plus tard le 20/11/2027 : Torsion de cheville, version 2026.1 (pc-torsion-cheville)."
    )
    assert recalled("2027-10-21") == [soon]
    assert recalled("2027-11-20") == [soon]
    (late,) = recalled("2027-11-21")
    assert "en retard, due le 20/11/2027" in late
