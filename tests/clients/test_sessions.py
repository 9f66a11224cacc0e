"""Several mails in one session: bounded, and one that is gone is found out before any byte of a mail leaves."""

import socket
import time

import pytest

from service.clients.mssante.codes import Stage
from service.clients.mssante.read import Said
from service.clients.mssante.send import Submission, submit
from service.clients.mssante.sessions import Sessions
from service.clients.tls import Tls
from tests.clients.scripted import listener
from tests.waiting import PATIENCE

LETTER = b"From: a@test.formation.mssante.fr\r\n\r\nx\r\n"


class Server:
    """Takes every mail; after so many in one session it goes, without a word, or says ``enough`` to the next.

    Refuses what ``no`` names.
    """

    def __init__(self, each: int = 100, no: bytes = b"", enough: bytes = b"") -> None:
        self.each, self.no, self.enough = each, no, enough
        self.sessions: list[list[bytes]] = []

    def __call__(self, connection: socket.socket) -> None:
        said: list[bytes] = []
        self.sessions.append(said)
        connection.sendall(b"220 here\r\n")
        mails = 0
        with connection.makefile("rb") as file:
            for line in file:
                verb = line.split()[0].upper() if line.split() else b""
                said.append(verb)
                if verb == b"MAIL" and mails == self.each:
                    connection.sendall(self.enough)
                    continue
                if verb == b"DATA":
                    connection.sendall(b"354 go\r\n")
                    while file.readline() != b".\r\n":
                        pass
                    mails += 1
                connection.sendall(b"550 no\r\n" if self.no and line.upper().startswith(self.no) else b"250 ok\r\n")
                if verb == b"QUIT" or (mails == self.each and not self.enough):
                    return


def letters(port: int, count: int, sessions: Sessions, pause: float = 0.0) -> list[Said]:
    server = Submission(
        host="127.0.0.1", port=port, starttls=False, tls=Tls(), greeting="a", seconds=PATIENCE, sessions=sessions
    )
    said = []
    for n in range(count):
        said.append(submit(server, f"b{n}@test.formation.mssante.fr", f"e{n}", LETTER))
        time.sleep(pause)
    return said


TAKEN = Said(Stage.FINAL_DOT, 250, b"ok")
MAIL = [b"MAIL", b"RCPT", b"DATA"]


def test_many_mails_in_one_session() -> None:
    server, sessions = Server(), Sessions()
    with listener(server) as port:
        assert letters(port, 3, sessions) == [TAKEN] * 3
        sessions.close()
    assert server.sessions == [[b"EHLO", *MAIL, *MAIL, *MAIL]]


def test_a_session_that_is_gone_leaves_no_doubt() -> None:
    server, sessions = Server(each=1), Sessions()
    with listener(server) as port:
        assert letters(port, 3, sessions, pause=0.05) == [TAKEN] * 3
        sessions.close()
    assert [one[0] for one in server.sessions] == [b"EHLO"] * 3


@pytest.mark.parametrize("bounds", [{"mails": 1}, {"idle": 0.0}, {"life": 0.0}, {"most": 0}])
def test_not_beyond_its_bounds(bounds: dict[str, float]) -> None:
    server, sessions = Server(), Sessions(**bounds)  # type: ignore[arg-type]  # numbers
    with listener(server) as port:
        assert letters(port, 2, sessions) == [TAKEN] * 2
        sessions.close()
    assert len(server.sessions) == 2


def test_a_session_in_which_something_was_refused_is_not_kept() -> None:
    server, sessions = Server(no=b"RCPT TO:<B0@"), Sessions()
    with listener(server) as port:
        refused, taken = letters(port, 2, sessions)
        sessions.close()
    assert (refused.stage, refused.code, taken) == (Stage.RCPT, 550, TAKEN)
    assert [one[-1] for one in server.sessions] == [b"QUIT", b"DATA"]


@pytest.mark.parametrize(
    "enough", [b"421 going\r\n", b"452 4.5.3 too many\r\n", b"503 bad sequence\r\n", b"530 who?\r\n"]
)
def test_what_a_kept_session_has_against_a_mail_is_asked_of_a_new_one(enough: bytes) -> None:
    server, sessions = Server(each=1, enough=enough), Sessions()
    with listener(server) as port:
        assert letters(port, 2, sessions) == [TAKEN] * 2
        sessions.close()
    assert server.sessions == [[b"EHLO", *MAIL, b"MAIL"], [b"EHLO", *MAIL]]


def test_a_sender_who_is_refused_is_refused_by_a_new_session() -> None:
    server, sessions = Server(), Sessions()
    with listener(server) as port:
        (taken,) = letters(port, 1, sessions)
        server.no = b"MAIL"
        (refused,) = letters(port, 1, sessions)
        sessions.close()
    assert (taken, refused) == (TAKEN, Said(Stage.MAIL, 550, b"no"))
    assert server.sessions == [[b"EHLO", *MAIL, b"MAIL"], [b"EHLO", b"MAIL", b"QUIT"]]
