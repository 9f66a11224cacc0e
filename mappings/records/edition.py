"""Which blocks of a protocol's files count for one of its versions.

A block of a list may say ``depuis = "2023.1"`` and ``jusqu-a = "2023.2"``, both versions included: what
changed from a version to the next stands side by side. A block that says nothing counts for all.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Edition:
    """One version among those of its protocol, from the oldest to the latest."""

    versions: tuple[str, ...] = ()
    version: str = ""

    def knows(self, version: str) -> bool:
        return version in self.versions

    def within(self, since: str, until: str) -> bool:
        """Whether this version lies between the two; empty = no bound, and an unknown one holds nothing back."""
        place = self.versions.index
        after = not self.knows(since) or place(since) <= place(self.version)
        before = not self.knows(until) or place(self.version) <= place(until)
        return after and before

    def is_reversed(self, since: str, until: str) -> bool:
        return self.knows(since) and self.knows(until) and self.versions.index(since) > self.versions.index(until)


@dataclass(slots=True)
class Names:
    """The ids said so far, by the space where each is said once."""

    said: dict[str, set[str]] = field(default_factory=dict)

    def claim(self, space: str, id_: str) -> bool:
        """False when it was said already."""
        taken = self.said.setdefault(space, set())
        fresh = id_ not in taken
        taken.add(id_)
        return fresh
