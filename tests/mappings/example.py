"""The small local protocol of docs/adding.md, as the page writes it."""

import json
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "adding.md"


def example_files() -> dict[str, str]:
    """Each file of the definition that the page shows."""
    return _shown("toml")


def example_scenario() -> dict[str, Any]:
    """The records of each door that the page has one play, in their order."""
    return {name.removesuffix(".json"): json.loads(text) for name, text in _shown("json").items()}


def _shown(kind: str) -> dict[str, str]:
    """By name, which opens the paragraph; the text is the block that follows."""
    block = rf"^`([a-z]+\.{kind})`: [^\n]*\n\n```{kind}\n(.*?)```"
    shown = re.findall(block, PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len({name for name, _ in shown}) == len(shown)
    return dict(shown)
