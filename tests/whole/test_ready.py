"""A server that takes its time over the first answer is waited for, one that never answers is not waited for forever."""

from types import SimpleNamespace

import pytest
import requests

from service.processes import wait_until_ready


def test_a_slow_first_answer_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([requests.ConnectionError(), requests.ReadTimeout(), SimpleNamespace(status_code=200)])

    def get(url: str, timeout: float) -> object:
        one = next(answers)
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(requests, "get", get)
    assert wait_until_ready("http://127.0.0.1:1/readyz") >= 0
    assert list(answers) == []


def test_the_wait_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def get(url: str, timeout: float) -> object:
        raise requests.ReadTimeout

    monkeypatch.setattr(requests, "get", get)
    with pytest.raises(TimeoutError, match="not ready after 0 s"):
        wait_until_ready("http://127.0.0.1:1/readyz", 0.2)
