"""What a web process does not carry: each of them pays for it in memory, and a page on paper is printed elsewhere."""

import subprocess
import sys


def test_the_web_process_starts_without_the_compiler_of_pages() -> None:
    heavy = {"typst", "mappings.pdf.compiler", "mappings.pdf.report"}
    carried = f"import sys, service.app; print(*sorted({heavy} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", carried], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
