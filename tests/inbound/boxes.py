"""An IMAP server that does what a test says: the sandbox's own, with faults at a named step."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from service.inbound.box import Box
from service.sandbox import imap as sandbox
from service.sandbox.imap import Folder, ImapListener
from tests.waiting import PATIENCE

ADDRESS = "binome.cpts-tilleuls@cpts.formation.mssante.fr"


def box(port: int, **changes: Any) -> Box:
    values: dict[str, Any] = {
        "address": ADDRESS,
        "host": "127.0.0.1",
        "port": port,
        "security": "never",
        "method": "password",
        "login": ADDRESS,
        "secret": lambda: "any",
        "seconds": PATIENCE,
    }
    return Box(**{**values, **changes})


class Server:
    """One folder. ``before`` and ``instead`` are told each command; ``instead`` may answer for the server."""

    def __init__(self) -> None:
        self.folder = Folder(7)
        self.commands: list[str] = []
        self.before: Callable[[str], None] = lambda command: None
        #: Bytes to say in the place of the true answer, after which the line is cut unless they end the command (``TAG``);
        #: None for the true one.
        self.instead: Callable[[str], bytes | None] = lambda command: None
        self.port = 0

    def put(self, mail: bytes) -> int:
        uid = max(self.folder.mails, default=0) + 1
        self.folder.mails[uid] = mail
        return uid

    def renumber(self, first: int = 1) -> None:
        """The same mails under another UIDVALIDITY."""
        mails = list(self.folder.mails.values())
        self.folder = Folder(self.folder.validity + 1, dict(enumerate(mails, first)))

    @contextlib.contextmanager
    def listening(self) -> Iterator["Server"]:
        listener = ImapListener(lambda address: self.folder, "127.0.0.1", 0)
        listener._server.RequestHandlerClass = _handler(self)
        listener.start()
        self.port = listener.port
        try:
            yield self
        finally:
            listener.stop()


def _handler(server: Server) -> Any:
    class Faulty(sandbox._Dialogue):
        def _play(self, tag: str, name: str, rest: str) -> bool:
            command = f"{name} {rest}"
            server.commands.append(command)
            server.before(command)
            said = server.instead(command)
            if said is None:
                return super()._play(tag, name, rest)
            self.wfile.write(said.replace(b"TAG", tag.encode()))
            return b"TAG " in said

    return Faulty
