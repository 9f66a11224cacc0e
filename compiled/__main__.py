"""The command: ``build``, then ``run serve`` or another command of ``binome``, or ``test`` with what pytest takes."""

import os
import sys

from compiled.tree import NoCompiler, Stale, build, check, environment

_RUN = ("-m", "service.cli")
_TEST = ("-m", "pytest", "-p", "compiled.witness", "-o", "pythonpath=")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["build"]:
            try:
                build()
            except NoCompiler as missing:
                print(missing, file=sys.stderr)
                return 1
            return 0
        case ["run" | "test" as verb, *rest]:
            try:
                check()
            except Stale as stale:
                print(stale, file=sys.stderr)
                return 1
            print("running compiled modules", file=sys.stderr, flush=True)
            os.execve(sys.executable, (sys.executable, *(_RUN if verb == "run" else _TEST), *rest), environment())
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
