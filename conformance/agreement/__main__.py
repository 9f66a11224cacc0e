"""``python -m conformance.agreement``: asks the official validator, writes ``official.json``, prints the differences."""

import sys

from conformance.agreement.cases import cases
from conformance.agreement.explained import table, unforeseen
from conformance.agreement.official import remember
from conformance.agreement.suite import asked, differences


def main() -> int:
    judged = cases()
    said = asked(judged)
    remember(judged, said)
    wrong = unforeseen(differences(judged, said))
    print(*wrong, "", table(), sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
