"""Pages printed in a process of their own: the same bytes, nothing quoted, few at once, and nothing that stays behind."""

import datetime as dt
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mappings.pdf.compiler import compiled
from mappings.pdf.printed import Page, page_of
from service import printing
from service.printing import printed
from tests.printing.weight import STATUS

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


def test_only_so_many_are_printed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, at_once = threading.Lock(), [0, 0]
    everybody, all_places = threading.Event(), threading.Barrier(printing.PLACES)

    def run(*_: Any, **__: Any) -> SimpleNamespace:
        with lock:
            at_once[0] += 1
            at_once[1] = max(at_once)
        everybody.wait()
        all_places.wait()
        with lock:
            at_once[0] -= 1
        return SimpleNamespace(returncode=0, stdout=b"%PDF")

    monkeypatch.setattr(printing.subprocess, "run", run)
    threads = [threading.Thread(target=printed, args=(page(),)) for _ in range(printing.PLACES * 4)]
    for thread in threads:
        thread.start()
    everybody.set()
    for thread in threads:
        thread.join()
    assert at_once == [0, printing.PLACES]


@pytest.mark.skipif(not STATUS.exists(), reason="no /proc: memory is counted elsewhere")
def test_a_web_process_keeps_nothing_of_what_it_had_printed() -> None:
    """Sixteen sheets; compiled in the process itself, they leave more than a hundred megabytes in it."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.printing.weight", "16"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    before, after = map(float, told.stdout.split())
    assert after - before < 30
