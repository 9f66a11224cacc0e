"""How a box is opened: never in plain beyond this machine, never without being sure, by whichever proof."""

import socket
from pathlib import Path
from typing import Any

import pytest

from service.inbound.box import Box, boxes_from
from service.inbound.imap import Conversation
from service.inbound.wire import Broken, Denied
from tests.clients.scripted import closed_port, listener
from tests.inbound.boxes import ADDRESS, Server, box

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("method", ["password", "xoauth2", "certificate"])
def test_each_proof_opens_the_box(server: Server, method: str) -> None:
    with Conversation(box(server.port, method=method, secret=lambda: "jeton")) as conversation:
        assert conversation.validity == 7
    told = next(one for one in server.commands if one.startswith("AUTHENTICATE"))
    names = {"password": "PLAIN", "xoauth2": "XOAUTH2", "certificate": "EXTERNAL"}
    assert told.split()[1] == names[method]


def test_a_token_is_asked_for_at_each_conversation(server: Server) -> None:
    asked: list[int] = []

    def token() -> str:
        asked.append(1)
        return "jeton"

    for _ in range(2):
        with Conversation(box(server.port, method="xoauth2", secret=token)):
            pass
    assert len(asked) == 2


def test_a_token_that_cannot_be_had_is_told_without_its_words(server: Server) -> None:
    def token() -> str:
        raise RuntimeError("secret-42")

    with pytest.raises(Broken) as told, Conversation(box(server.port, method="xoauth2", secret=token)):
        pass
    assert told.value.code == "no-secret"
    assert "secret-42" not in repr(told.value.__cause__)


def test_a_token_that_is_refused_is_told_and_another_is_shown(server: Server) -> None:
    """It would be shown again at each round until its life is over."""
    good, refused = ["premier", "second"], []

    def forget(token: str) -> None:
        refused.append(token)
        good.remove(token)

    server.instead = lambda command: b"TAG NO\r\n" if command.startswith("AUTHENTICATE") and not refused else None
    opened = box(server.port, method="xoauth2", secret=lambda: good[0], refused=forget)
    with pytest.raises(Denied, match="authentication"), Conversation(opened):
        pass
    with Conversation(opened) as conversation:
        assert conversation.validity == 7
    assert refused == ["premier"]


def test_a_server_without_the_mechanism_refuses_no_token(server: Server) -> None:
    capability = b"* CAPABILITY IMAP4rev1\r\nTAG OK\r\n"
    server.instead = lambda command: capability if command.startswith("CAPABILITY") else None
    refused: list[str] = []
    opened = box(server.port, method="xoauth2", secret=lambda: "jeton", refused=refused.append)
    with pytest.raises(Denied, match="mechanism"), Conversation(opened):
        pass
    assert refused == []


def test_a_mail_announced_while_others_are_fetched_is_not_waited_for(server: Server) -> None:
    """RFC 3501, section 7: EXISTS may come beside any answer, and IDLE does not tell it again."""
    server.put(b"Subject: un\r\n\r\n")
    told = [
        b"* 1 EXISTS\r\nTAG OK\r\n",
        b"* 2 EXISTS\r\nTAG OK\r\n",
        b"* 1 EXPUNGE\r\nTAG OK\r\n",
        b"* 2 EXISTS\r\nTAG OK\r\n",
    ]
    server.instead = lambda command: told.pop(0) if command.startswith("UID STORE") else None
    news = []
    with Conversation(box(server.port)) as conversation:
        while told:
            conversation.after(0)
            conversation.flag(1)
            news.append(conversation.idle(lambda: True))
        conversation.after(0)
        news.append(conversation.idle(lambda: True))
    assert news == [False, True, False, True, False]


def test_in_plain_only_on_this_machine() -> None:
    with pytest.raises(ValueError, match="TLS"):
        box(143, host="imap.operateur.mssante.fr")


def test_tls_stripped_is_no_tls(server: Server) -> None:
    """Offered yesterday, not today: nothing is proved to whoever sits on the line."""
    with pytest.raises(Broken, match="no-starttls"), Conversation(box(server.port, security="starttls")):
        pass
    assert not any(one.startswith("AUTHENTICATE") for one in server.commands)


def _says(*lines: bytes) -> Any:
    """A server that answers each line it hears with the next of ``lines``."""

    def play(connection: socket.socket) -> None:
        connection.sendall(lines[0])
        for line in lines[1:]:
            if not connection.recv(4096):
                return
            connection.sendall(line)
        connection.recv(4096)

    return play


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([b"* PREAUTH welcome\r\n"], "no-starttls"),
        ([b"* BYE\r\n"], "greeting"),
        ([b"HTTP/1.1 400\r\n"], "greeting"),
        ([b"* OK\r\n", b"* CAPABILITY STARTTLS\r\nb1 OK\r\n", b"b2 OK\r\n* CAPABILITY AUTH=PLAIN\r\n"], "injected"),
        ([b"* OK\r\n", b"* CAPABILITY STARTTLS\r\nb1 OK\r\n", b"b2 NO\r\n"], "no"),
        ([b"* OK\r\n", b"* CAPABILITY STARTTLS\r\nb1 OK\r\n", b"b2 OK\r\n", b"no TLS at all"], "tls"),
        ([b"* OK\r\n", b"x" * (2 << 20)], "too-long"),
        ([b"* OK\r\n", b"* X {99999999999}\r\n"], "too-long"),
        ([b"* OK"], "timeout"),
    ],
)
def test_a_server_that_is_none(lines: list[bytes], code: str) -> None:
    with (
        listener(_says(*lines)) as port,
        pytest.raises(Broken, match=f"^{code}$"),
        Conversation(box(port, security="starttls", seconds=0.5 if code == "timeout" else 5.0)),
    ):
        pass


def test_nobody_there() -> None:
    with pytest.raises(Broken, match="connect"), Conversation(box(closed_port())):
        pass


def test_the_time_is_for_the_whole_exchange() -> None:
    def drip(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"*")
            if over.wait(0.05):
                return

    import threading

    over = threading.Event()
    with (
        listener(drip) as port,
        pytest.raises(Broken, match="timeout"),
        Conversation(box(port, seconds=0.4)),
    ):
        pass
    over.set()


def test_a_wrong_secret_is_told(server: Server) -> None:
    server.instead = lambda command: b"TAG NO\r\n" if command.startswith("AUTHENTICATE") else None
    with pytest.raises(Denied, match="authentication"), Conversation(box(server.port)):
        pass


FILE = """
[[boxes]]
address = "A@cpts.formation.mssante.fr"
server = "imap.operateur.mssante.fr:143"
method = "xoauth2"
token-file = "jeton"
"""


def _told(folder: Path, text: str, **common: Any) -> list[Box]:
    path = folder / "boites.toml"
    path.write_text(text, encoding="utf-8")
    return boxes_from(path, **common)


def test_the_file_of_the_boxes(tmp_path: Path) -> None:
    (one,) = _told(tmp_path, FILE, longest=5)
    assert (one.address, one.host, one.port, one.security, one.longest) == (
        "a@cpts.formation.mssante.fr", "imap.operateur.mssante.fr", 143, "starttls", 5,
    )  # fmt: skip
    for token in ("premier", "second"):
        (tmp_path / "jeton").write_text(f"{token}\n", encoding="utf-8")
        assert one.secret() == token
    without = FILE.replace('token-file = "jeton"\n', "")
    (other,) = _told(tmp_path, without, token_for=lambda address: f"jeton de {address}")
    assert other.secret() == "jeton de a@cpts.formation.mssante.fr"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("token-file", "jeton-file"), "jeton-file"),
        (('"A@cpts', '"A cpts'), "address"),
        ((":143", ""), "server"),
        (("xoauth2", "magie"), "method"),
        (('token-file = "jeton"', ""), "secret"),
        (('token-file = "jeton"', 'security = "never"\ntoken-file = "jeton"'), "TLS"),
        (("[[boxes]]", "[boxes]"), "boxes"),
        ((FILE, FILE * 2), "une adresse"),
        ((FILE, "x"), "boites.toml"),
        (('"jeton"', "5"), "token-file|secret|text"),
        (('token-file = "jeton"', 'folder = "a\\"b"\ntoken-file = "jeton"'), "folder"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _told(tmp_path, FILE.replace(*change))


def test_the_box_of_the_demonstration() -> None:
    (one,) = boxes_from(ROOT / "fixtures" / "boites" / "bac-a-sable.toml")
    assert (one.address, one.security) == (ADDRESS, "never")
