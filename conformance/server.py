"""A real server for the clients to call: three processes as in production, the demonstration loaded."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.access import DevelopmentIssuer
from service.access.development import development_secret
from service.demonstration import load
from service.processes import end, free_ports, wait_until_ready

ROOT: Final = Path(__file__).parents[1]
#: RPPS number of the délégant to whom the acts of the demonstration are addressed.
DELEGATOR: Final = "99900002017"


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, ``http://127.0.0.1:port``, and who may say that they are calling."""

    base: str
    issuer: DevelopmentIssuer
    #: What the processes said.
    log: Path

    @property
    def fhir(self) -> str:
        return f"{self.base}/fhir"

    def token(self, rpps: str) -> str:
        """A development token for the professional of that RPPS number."""
        return self.issuer.token(rpps)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A fresh server over ``folder``, with the demonstration and its acts; ended by its own process group.

    ``RuntimeError`` with what it said when it does not come up.
    """
    web, http, smtp, imap = free_ports(4)
    base, sandbox = f"http://127.0.0.1:{web}", f"http://127.0.0.1:{http}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("BINOME_")},
        "BINOME_DATABASE": f"sqlite:///{folder / 'binome.sqlite'}",
        "BINOME_KEYS": str(folder / "keys"),
        "BINOME_PORT": str(web),
        "BINOME_SANDBOX_HTTP": str(http),
        "BINOME_SANDBOX_SMTP": str(smtp),
        "BINOME_SANDBOX_IMAP": str(imap),
        "BINOME_DMP_REPOSITORY": f"{sandbox}/xds/repository",
        "BINOME_DMP_REGISTRY": f"{sandbox}/xds/registry",
        "BINOME_DMP_PATIENTS": f"{sandbox}/xds/patients",
        "BINOME_DIRECTORY": f"{sandbox}/annuaire/fhir/v2",
        "BINOME_MSSANTE": f"127.0.0.1:{smtp}",
    }
    log = folder / "server.log"
    with ExitStack() as stack:
        said = stack.enter_context(log.open("ab"))
        for command in ("sandbox", "worker", "serve"):
            process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", command],
                cwd=ROOT,
                env=environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
            stack.callback(end, process)
        _wait(process, f"{base}/readyz", log)
        load(base, ROOT / "fixtures" / "scenarios" / "torsion-cheville-equipe", acts=True)
        yield Server(base, DevelopmentIssuer(development_secret(folder / "keys")), log)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """A process that ended will not come up: it is not waited for."""
    for _ in range(60):
        with suppress(TimeoutError):
            wait_until_ready(url, 1)
            return
        if process.poll() is not None:
            break
    raise RuntimeError(f"the server did not come up: {log.read_text(errors='replace')[-2000:]}")
