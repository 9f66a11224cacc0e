"""The sandbox by itself, its validation on or off: ``python -m bench.destinations HTTP SMTP [unchecked]``."""

import sys

from service.demonstration import people
from service.sandbox.server import Sandbox, run_forever

if __name__ == "__main__":
    http, smtp, *unchecked = sys.argv[1:]
    run_forever(
        Sandbox(int(http), int(smtp), people=people(), validate=not unchecked, directory_key="demonstration"),
        lambda _: None,
    )
