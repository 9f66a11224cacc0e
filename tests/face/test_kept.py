"""What a peer is said to keep is what it keeps: one that is planted, sound or with a fault."""

import sys
from pathlib import Path

import pytest

from bench.face.kept import Kept, kept
from bench.face.peers import ALL, Peer
from bench.face.serving import serving
from bench.windows import measured

_PLANTED = Path(__file__).with_name("planted_peer.py")
_FAULTS = ("an unknown element", "an unknown code", "a missing element")


def planted(*faults: str) -> Peer:
    return Peer(
        name="planted",
        room="planted",
        install=lambda _: _PLANTED,
        command=lambda program, port, folder: (
            *(sys.executable, str(program), str(port), str(folder / "resources.jsonl")),
            *faults,
        ),
        environment=lambda _port, _folder: {},
        base="",
        ready="/metadata",
        lacks="nothing",
    )


def seen(folder: Path, *faults: str) -> Kept:
    return kept(lambda: serving(planted(*faults), folder))


def test_a_sound_server_keeps_all(tmp_path: Path) -> None:
    one = seen(tmp_path)
    assert one == Kept(refused=_FAULTS, taken=(), written=20, survived=20, found=True, found_again=True)
    assert one.brief == "3/3 · 20/20 · at once"


def test_a_server_that_refuses_nothing_is_seen(tmp_path: Path) -> None:
    one = seen(tmp_path, "takes-all")
    assert one.refused == ()
    assert one.taken == _FAULTS


def test_a_server_that_forgets_is_seen(tmp_path: Path) -> None:
    one = seen(tmp_path, "forgets")
    assert (one.written, one.survived) == (20, 0)


def test_a_server_that_finds_nothing_is_seen(tmp_path: Path) -> None:
    one = seen(tmp_path, "blind")
    assert not one.found
    assert one.whole.endswith("found later or never")


def test_a_server_that_answers_a_search_from_before_is_seen(tmp_path: Path) -> None:
    one = seen(tmp_path, "stale")
    assert one.found
    assert not one.found_again


def test_an_answer_in_pieces_is_read_to_its_end(tmp_path: Path) -> None:
    with serving(planted("chunked"), tmp_path, acts=40) as up:
        window = measured(up.tree, up.port, up.asked["search"], 0.2, 0.1)
    assert window.rate > 0


@pytest.mark.parametrize("name", ALL)
def test_every_peer_is_told_its_own_port_and_folder(name: str, tmp_path: Path) -> None:
    peer, installed, folder = ALL[name], tmp_path / "installed", tmp_path / "own"
    installed.write_text("a.jar\n")
    folder.mkdir()
    said = " ".join([*peer.command(installed, 54_321, folder), *peer.environment(54_321, folder).values()])
    assert "54321" in said
    # Medplum's keeps nothing anywhere.
    assert name == "medplum" or str(folder) in said
