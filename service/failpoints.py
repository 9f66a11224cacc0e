"""Named points on the way of a delivery where a test may have this process killed or stopped. Nothing, unless asked.

``BINOME_TEST_FAILPOINT=K17:kill:mssante-patient:2`` asks for it: the point, what happens there (``kill`` or ``stop``), of
which destination, at which attempt. What must not be known here: anything of a delivery. A point costs one call of an
empty function while nothing is asked.

K10 claimed · K11 rendered, not sealed · K12 sealed · K13 about to begin · K14 connected, or a kept session taken again ·
K15 recipient accepted · K16 in the middle of the message · K17 after the final dot · K18, K23 answered, not settled (mail,
shared record) · K19 settled · K20 head sent · K21 half of the body sent · K22 in the middle of the answer · K24 fetched,
not stored · K25 stored, not flagged (destination ``mailbox``, attempt 1).
"""

import os
import signal
import threading
from collections.abc import Callable
from typing import Final

#: Name of the environment variable.
VARIABLE: Final = "BINOME_TEST_FAILPOINT"
_ACTIONS: Final = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


def _nothing(_: str) -> None: ...


def _nobody(_: str, __: int) -> None: ...


#: True when something is asked.
armed = False
#: This point is reached.
reach: Callable[[str], None] = _nothing
#: What follows in this thread is this attempt of this destination.
about: Callable[[str, int], None] = _nobody


def arm(asked: str) -> None:
    """``POINT:ACTION:DESTINATION:ATTEMPT``; it happens once."""
    global armed, reach, about
    point, action, destination, attempt = asked.split(":")
    wanted = (point, destination, int(attempt))
    here, left = threading.local(), [_ACTIONS[action]]

    def tell(told: str, number: int) -> None:
        here.about = (told, number)

    def reached(name: str) -> None:
        if left and (name, *getattr(here, "about", ("", 0))) == wanted:
            os.kill(os.getpid(), left.pop())

    armed, reach, about = True, reached, tell


if _asked := os.environ.get(VARIABLE, ""):
    arm(_asked)
