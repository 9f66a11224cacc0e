"""``python -m tests.printing.weight N``: what a web process weighs before and after N sheets on paper, in megabytes.

Sheets that differ, as those asked for lately are not made anew. Memory is what the kernel counts as this process's own.
"""

import datetime as dt
import re
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

from service.store import open_store
from tests.house import NOON, House

STATUS = Path("/proc/self/status")


def resident() -> float:
    told = re.search(r"^RssAnon:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)
    assert told is not None
    return int(told[1]) / 1024


def addresses(house: House) -> Iterator[str]:
    names = sorted({one.id for one in house.composition.catalogue.values()})
    for days, name in product(range(100), names):
        yield f"/protocoles/{name}/fiche.pdf?le={(NOON - dt.timedelta(days=days)).date()}"


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="binome-weight-") as folder:
        store = open_store(f"sqlite:///{folder}/binome.sqlite", test=True)
        house = House(store, Path(folder))
        first, *others = islice(addresses(house), count + 1)
        # One first: what is read once, by the first who asks, is not what is measured.
        assert house.client.get(first).data.startswith(b"%PDF")
        before = resident()
        for address in others:
            assert house.client.get(address).data.startswith(b"%PDF")
        print(f"{before:.1f} {resident():.1f}")  # read by the test
        store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
