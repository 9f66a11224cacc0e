"""The small local protocol of docs/adding.md, as the page writes it."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "adding.md"


def example_files() -> dict[str, str]:
    """Each file that the page shows: its name opens the paragraph, its text is the block that follows."""
    shown = re.findall(r"^`([a-z]+\.toml)`: [^\n]*\n\n```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len({name for name, _ in shown}) == len(shown)
    return dict(shown)
