"""What is remembered: the last ones asked for, the right ones, and not for ever."""

from hypothesis import given
from hypothesis import strategies as st

from mappings.remembered import Remembered

_COUNT = 5


@given(st.lists(st.integers(0, 20), max_size=200))
def test_the_last_different_keys_are_there_and_few_others(asked: list[int]) -> None:
    kept = Remembered[int, str](_COUNT)
    for key in asked:
        if kept.get(key) is None:
            kept.keep(key, str(key))
    last = list(dict.fromkeys(reversed(asked)))[:_COUNT]
    assert all(kept.get(key) == str(key) for key in reversed(last))
    assert sum(kept.get(key) is not None for key in range(21)) <= 2 * _COUNT


def test_what_is_asked_for_again_and_again_stays() -> None:
    kept = Remembered[int, str](_COUNT)
    kept.keep(-1, "always")
    for once in range(1_000):
        kept.keep(once, "once")
        assert kept.get(-1) == "always"
    assert kept.get(0) is None
