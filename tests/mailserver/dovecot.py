"""A Dovecot of Debian's for tests: its own configuration, boxes, ports and log under one folder, on loopback.

It has to be started by root, and drops its rights itself. The machine's own Dovecot, if any, is neither read nor touched.
Boxes are Maildirs, so that another server may deliver into them.
"""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from service.processes import free_ports

PASSWORD: Final = "mot-de-passe-fictif"
_CONFIGURATION: Final = """\
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
instance_name = binome-{port}
ssl = required
ssl_min_protocol = TLSv1.2
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:{boxes}/%u
first_valid_uid = 1
first_valid_gid = 1
auth_mechanisms = plain
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secured}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
"""
#: How long it may take to listen, or to end, seconds.
_PATIENCE: Final = 20.0


class NoDovecot(Exception):
    """None to be had here; the text says why."""


@dataclass
class Dovecot:
    """One that runs."""

    folder: Path
    boxes: Path
    uid: int
    gid: int
    #: STARTTLS is demanded on the one, the other speaks TLS from the first byte.
    port: int
    secured: int
    _numbers: int = field(default=0)

    def deliver(self, address: str, letter: bytes) -> None:
        """As a delivering server does: written beside, then moved in."""
        box = self.boxes / address
        for name in ("", "tmp", "new", "cur"):
            (box / name).mkdir(parents=True, exist_ok=True)
            os.chown(box / name, self.uid, self.gid)
        self._numbers += 1
        name = f"{1_700_000_000 + self._numbers}.{self._numbers}.essai"
        path = box / "tmp" / name
        path.write_bytes(letter)
        os.chown(path, self.uid, self.gid)
        path.rename(box / "new" / name)

    def renumber(self, address: str) -> None:
        """Forget the numbers of a box: its mails are numbered anew, under another UIDVALIDITY."""
        listed = self.boxes / address / "dovecot-uidlist"
        first = re.sub(r" N\d+", " N1", listed.read_text().splitlines()[0])
        for path in (self.boxes / address).glob("dovecot*"):
            path.unlink()
        # Another than before, whatever the second.
        listed.write_text(re.sub(r" V(\d+)", lambda found: f" V{int(found[1]) + 1}", first) + "\n")
        os.chown(listed, self.uid, self.gid)


@contextmanager
def dovecot(certificate: tuple[str, str], boxes: Path | None = None, owner: str = "nobody") -> Iterator[Dovecot]:
    """``certificate``: files of its own and of its key. ``boxes``: Maildirs of another server, which ``owner`` owns."""
    if os.geteuid() != 0:
        raise NoDovecot("Dovecot has to be started by root")
    if shutil.which("dovecot") is None or not Path("/usr/lib/dovecot/imap").exists():
        raise NoDovecot("no Dovecot on this machine (Debian: apt-get install dovecot-imapd)")
    folder = Path(tempfile.mkdtemp(prefix="binome-dovecot-"))
    try:
        folder.chmod(0o755)
        user = pwd.getpwnam(owner)
        port, secured = free_ports(2)
        running = Dovecot(folder, boxes or folder / "boxes", user.pw_uid, user.pw_gid, port, secured)
        for name in ("boxes", "home"):
            (folder / name).mkdir()
            os.chown(folder / name, user.pw_uid, user.pw_gid)
        text = _CONFIGURATION.format(
            folder=folder,
            boxes=running.boxes,
            port=port,
            secured=secured,
            certificate=certificate[0],
            key=certificate[1],
            password=PASSWORD,
            uid=user.pw_uid,
            gid=user.pw_gid,
        )
        (folder / "dovecot.conf").write_text(text)
        with _started(running):
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _started(one: Dovecot) -> Iterator[None]:
    with (one.folder / "said").open("wb") as said:
        command = ["dovecot", "-F", "-c", str(one.folder / "dovecot.conf")]
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
    try:
        _await(one, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await(one: Dovecot, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", one.secured), timeout=1):
            return
        time.sleep(0.05)
    said = (one.folder / "said").read_text(errors="replace")[-500:]
    raise NoDovecot(f"Dovecot does not listen: {said}")
