"""Reading a mail without being at its mercy: in a process of its own, under limits, ended when it does not end.

A mail that crashes every parser costs its reader, not the worker: ``Crashed`` says so, and the caller counts.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mappings.mail.message import Unreadable
from mappings.mail.reading import Reading, told_again

_ROOT: Final = Path(__file__).parents[2]
#: Longest answer read, bytes: a reading is bounded, whatever it read.
_LONGEST: Final = 4 << 20
_COMMAND: Final = (sys.executable, "-m", "service.inbound.child")


class Crashed(Exception):
    """The reader died, or was ended: nobody can say what the mail is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """How much one reading may cost."""

    #: Megabytes of address space, seconds of processor, seconds on the wall.
    megabytes: int = 768
    cpu_seconds: int = 10
    seconds: float = 30.0
    command: Sequence[str] = field(default=_COMMAND)

    def read(self, raw: bytes) -> Reading:
        """``Unreadable`` when it is not to be opened, ``Crashed`` when nothing could tell."""
        try:
            done = subprocess.run(
                [*self.command, str(self.megabytes), str(self.cpu_seconds)],
                input=raw,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # it would quote the mail
                timeout=self.seconds,
                cwd=_ROOT,
                env={"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Crashed("no end") from None
        if done.returncode != 0 or len(done.stdout) > _LONGEST:
            raise Crashed(f"ended by {done.returncode}")
        try:
            answer = json.loads(done.stdout)
            if "unreadable" in answer:
                raise Unreadable(str(answer["unreadable"]))
            return told_again(answer["reading"])
        except (ValueError, KeyError, TypeError):
            raise Crashed("no answer") from None
