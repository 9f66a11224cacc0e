"""A Postfix of Debian's for tests: its own configuration, queue, ports and log under one folder, on loopback.

It has to be started by root, and drops its rights itself. The machine's own Postfix, if any, is neither read nor touched.
"""

import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.processes import free_ports

_PROGRAMS: Final = Path("/usr/lib/postfix/sbin")
_HOST: Final = "operateur.formation.mssante.fr"
#: Services of one instance, none of them in a chroot.
_MASTER: Final = """\
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{strict} inet n - n - - smtpd -o smtpd_reject_unlisted_recipient=yes
127.0.0.1:{certified} inet n - n - - smtpd -o smtpd_tls_req_ccert=yes -o smtpd_tls_CAfile={believed}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
#: How long it may take to listen, or to end, seconds.
_PATIENCE: Final = 20.0


class NoPostfix(Exception):
    """None to be had here; the text says why."""


@dataclass(frozen=True)
class Postfix:
    """One that runs. Its boxes are Maildirs, which another server may serve."""

    folder: Path
    #: STARTTLS is demanded. Here whatever box is taken, and an unknown one comes back as a notice.
    port: int
    #: The same, where an unknown box is refused at once.
    strict: int
    #: The same as the first, for callers who show a certificate that is believed here.
    certified: int

    def maildir(self, address: str) -> Path:
        return self.folder / "boxes" / address

    def letters(self, address: str, count: int = 1, seconds: float = _PATIENCE) -> list[bytes]:
        """What lies in a box, once there are ``count``."""
        until = time.monotonic() + seconds
        while True:
            found = [path.read_bytes() for path in sorted(self.maildir(address).glob("new/*"))]
            if len(found) >= count or time.monotonic() > until:
                return found
            time.sleep(0.02)

    def log(self) -> str:
        path = self.folder / "maillog"
        return path.read_text(errors="replace") if path.exists() else ""


def absent() -> str:
    """Why there can be none here; empty where there can."""
    if os.geteuid() != 0:
        return "Postfix has to be started by root"
    if shutil.which("postfix") is None or not (_PROGRAMS / "master").exists():
        return "no Postfix on this machine (Debian: apt-get install postfix)"
    return ""


@contextmanager
def postfix(boxes: list[str], certificate: tuple[str, str], believed: str = "") -> Iterator[Postfix]:
    """An operator with these mailboxes, all others of their domains unknown.

    ``certificate``: files of its own and of its key; ``believed``: file of the callers' authorities, by default its own.
    """
    if reason := absent():
        raise NoPostfix(reason)
    folder = Path(tempfile.mkdtemp(prefix="binome-postfix-"))
    try:
        folder.chmod(0o755)
        running = Postfix(folder, *free_ports(3))
        _configured(running, boxes, certificate, believed or certificate[0])
        with _started(running):
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configured(one: Postfix, boxes: list[str], certificate: tuple[str, str], believed: str) -> None:
    owner = pwd.getpwnam("postfix")
    for name in ("conf", "queue", "data", "boxes"):
        (one.folder / name).mkdir()
    os.chown(one.folder / "data", owner.pw_uid, owner.pw_gid)
    os.chown(one.folder / "boxes", owner.pw_uid, owner.pw_gid)
    (one.folder / "conf" / "boxes").write_text("".join(f"{box} {box}/\n" for box in boxes))
    settings = {
        "compatibility_level": "3.6",
        "queue_directory": one.folder / "queue",
        "data_directory": one.folder / "data",
        "command_directory": "/usr/sbin",
        "daemon_directory": _PROGRAMS,
        "mail_owner": "postfix",
        "setgid_group": "postdrop",
        "maillog_file": one.folder / "maillog",
        "maillog_file_prefixes": one.folder,
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "myhostname": _HOST,
        "mydestination": "",
        "alias_maps": "",
        "virtual_mailbox_domains": ", ".join(sorted({box.partition("@")[2] for box in boxes})),
        "virtual_mailbox_base": one.folder / "boxes",
        "virtual_mailbox_maps": f"texthash:{one.folder / 'conf' / 'boxes'}",
        "virtual_minimum_uid": 1,
        "virtual_uid_maps": f"static:{owner.pw_uid}",
        "virtual_gid_maps": f"static:{owner.pw_gid}",
        "smtpd_reject_unlisted_recipient": "no",
        # Nothing leaves: what is not one of the boxes has nowhere to go.
        "smtpd_relay_restrictions": "reject_unauth_destination",
        "default_transport": "error:nothing leaves this machine",
        "message_size_limit": 10_000_000,
        "smtpd_tls_security_level": "encrypt",
        "smtpd_tls_cert_file": certificate[0],
        "smtpd_tls_key_file": certificate[1],
        "smtpd_tls_mandatory_protocols": ">=TLSv1.2",
        "smtpd_peername_lookup": "no",
        "delay_warning_time": "0",
    }
    text = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (one.folder / "conf" / "main.cf").write_text(text)
    services = _MASTER.format(port=one.port, strict=one.strict, certified=one.certified, believed=believed)
    (one.folder / "conf" / "master.cf").write_text(services)


@contextmanager
def _started(one: Postfix) -> Iterator[None]:
    with (one.folder / "said").open("wb") as said:
        command = ["postfix", "-c", str(one.folder / "conf"), "start"]
        done = subprocess.run(command, stdout=said, stderr=said, timeout=_PATIENCE, check=False)
    try:
        until = time.monotonic() + _PATIENCE
        while not _greets(one.port):
            if done.returncode or time.monotonic() > until:
                told = (one.folder / "said").read_text(errors="replace")
                raise NoPostfix(f"Postfix does not start: {told[-500:]}{one.log()[-500:]}")
            time.sleep(0.05)
        yield
    finally:
        _stopped(one.folder / "queue" / "pid" / "master.pid")


def _stopped(pid_file: Path) -> None:
    """The master that wrote this file, then the group that it leads."""
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        master = int(pid_file.read_text())
        os.kill(master, signal.SIGTERM)
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            os.kill(master, 0)  # raises when it is gone
            time.sleep(0.02)
        os.killpg(master, signal.SIGKILL)


def _greets(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="tests.mssante.fr", timeout=5) as caller:
            return caller.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False
