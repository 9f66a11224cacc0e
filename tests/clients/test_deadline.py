"""What was stopped for longer than its time sends nothing when it goes on: somebody else may have taken over."""

import socket
import time

import pytest

from service.clients import deadline
from service.clients.deadline import Line, whole
from service.clients.mssante.codes import Stage
from service.clients.mssante.send import Submission, submit
from service.clients.tls import Tls
from tests.clients import scripted
from tests.waiting import PATIENCE

LETTER = b"From: a@test.formation.mssante.fr\r\n\r\nx\r\n"


def test_time_is_over_although_nobody_cut_the_line() -> None:
    line = Line(0.0)
    with pytest.raises(TimeoutError):
        line.check()
    assert line.expired
    Line(60).check()


def test_the_watch_cuts_whoever_waits() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(PATIENCE)
        # One that has hours, and one whose time is over in a moment: the watch does not sleep through it.
        deadline._watch.over(Line(3_600))
        line = Line(3_600)
        line.opened(ours)
        line.ends = time.monotonic() + 0.05
        deadline._watch.over(line)
        assert ours.recv(1) == b""
    assert line.expired


def test_a_conversation_ends_with_its_attempt_at_the_latest() -> None:
    with whole(0.0):
        assert Line(60).expired
        with whole(60):
            assert Line(60).expired, "a part does not outlast the whole"
    assert not Line(60).expired
    with whole(60):
        assert not Line(60).expired
        assert Line(0.0).expired


def test_no_final_dot_once_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped between the message and its final dot, which alone makes it a mail."""
    checks = [0]
    check = Line.check

    def stopped(line: Line) -> None:
        checks[0] += 1
        # EHLO, MAIL, RCPT, DATA, the message; then the dot.
        if checks[0] == 6:
            line.ends = 0.0
        check(line)

    monkeypatch.setattr(Line, "check", stopped)
    received: list[bytes] = []

    def play(connection: object) -> None:
        connection.sendall(b"220 here\r\n")  # type: ignore[attr-defined]  # a socket
        replies = [b"250 here\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"]
        while data := connection.recv(65536):  # type: ignore[attr-defined]  # a socket
            received.append(data)
            if replies:
                connection.sendall(replies.pop(0))  # type: ignore[attr-defined]  # a socket

    with scripted.listener(play) as port:
        server = Submission(host="127.0.0.1", port=port, starttls=False, tls=Tls(), greeting="a", seconds=PATIENCE)
        said = submit(server, "b@test.formation.mssante.fr", "e", LETTER)
    assert (said.stage, said.ending) == (Stage.DATA, "timeout")
    assert received[-1] == LETTER
    assert checks[0] >= 6
