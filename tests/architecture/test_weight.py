"""What a web process does not carry: each of them pays for it in memory, and nobody asks it for a page on paper."""

import subprocess
import sys


def test_the_web_process_starts_without_the_compiler_of_pages() -> None:
    carried = "import sys, service.app; print(*sorted({'typst', 'mappings.pdf'} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", carried], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
