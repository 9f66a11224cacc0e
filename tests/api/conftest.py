"""The house that these tests knock at."""

from tests.doors import furnished, house, shared

__all__ = ["furnished", "house", "shared"]
