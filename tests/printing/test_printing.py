"""Pages printed in a process of their own: the same bytes, nothing quoted, few at once, and nothing that stays behind."""

import datetime as dt
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mappings.issues import Refused
from mappings.pdf.compiler import compiled
from mappings.pdf.printed import Page, page_of
from service import printing
from service.printing import printed
from service.store import open_store
from tests.house import House
from tests.printing.weight import STATUS
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
MADE = dt.datetime(2026, 11, 20, 11, 0, 0, 123456, tzinfo=dt.UTC)
NAME = "MOREL-FICTIF « é » \\u0000 \n"


def page(template: str = "") -> Page:
    ordinary = '#set document(title: "Page")\n#set text(lang: "fr")\n= #json(bytes(sys.inputs.page)).name'
    return page_of("page", template or ordinary, {"name": NAME}, MADE)


def test_are_the_bytes_that_the_compiler_makes() -> None:
    pdf = printed(page())
    assert pdf.startswith(b"%PDF")
    assert pdf == compiled(page())


def test_a_page_that_cannot_be_printed_quotes_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError) as fault:
        printed(page("#panic(sys.inputs.page)"))
    said = capfd.readouterr()
    assert "MOREL" not in f"{fault.value!r}{said.out}{said.err}"
    assert fault.value.__cause__ is None


def test_a_page_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "SECONDS", 0.001)
    with pytest.raises(RuntimeError) as fault:
        printed(page())
    assert fault.value.__suppress_context__, "the exception of the wait holds what was said so far"
    monkeypatch.undo()
    assert printed(page()).startswith(b"%PDF"), "its place was given back"


def test_only_so_many_are_printed_at_once_and_only_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that waits for a page records no act: who comes beyond those is told to come again."""
    lock, at_once = threading.Lock(), [0, 0]
    full, go_on = threading.Barrier(printing.PLACES + 1), threading.Event()

    def run(*_: Any, **__: Any) -> SimpleNamespace:
        with lock:
            at_once[0] += 1
            at_once[1] = max(at_once)
        if not go_on.is_set():
            full.wait(PATIENCE)
            go_on.wait(PATIENCE)
        with lock:
            at_once[0] -= 1
        return SimpleNamespace(returncode=0, stdout=b"%PDF")

    monkeypatch.setattr(printing.subprocess, "run", run)
    outcomes: list[str] = []
    settled = threading.Semaphore(0)

    def ask() -> None:
        try:
            outcomes.append(printed(page()).decode())
        except Refused as refused:
            outcomes.extend(issue.code for issue in refused.issues)
        settled.release()

    threads = [threading.Thread(target=ask) for _ in range(printing.PLACES + printing.WAITING + 3)]
    for thread in threads:
        thread.start()
    full.wait(PATIENCE)
    for _ in range(3):
        assert settled.acquire(timeout=PATIENCE)
    assert outcomes == ["throttled"] * 3
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(outcomes) == ["%PDF"] * (printing.PLACES + printing.WAITING) + ["throttled"] * 3
    assert at_once == [0, printing.PLACES]
    assert printed(page()) == b"%PDF", "places were given back"


def test_who_is_told_to_come_again_is_told_when(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/binome.sqlite", test=True)
    house = House(store, tmp_path)
    name = next(iter(house.composition.catalogue.values())).id
    monkeypatch.setattr(printing, "_asked", threading.Semaphore(0))
    answer = house.client.get(f"/protocoles/{name}/fiche.pdf?le=2026-01-02")
    assert answer.status_code == 429
    assert "Trop de pages s’impriment" in answer.text
    store.close()


@pytest.mark.skipif(not STATUS.exists(), reason="no /proc: memory is counted elsewhere")
def test_a_web_process_keeps_nothing_of_what_it_had_printed() -> None:
    """Sixteen sheets; compiled in the process itself, they leave more than a hundred megabytes in it."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.printing.weight", "16"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    before, after = map(float, told.stdout.split())
    assert after - before < 30
