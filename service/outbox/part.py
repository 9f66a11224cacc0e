"""One of several processes that take from one outbox together: what of the whole is its own."""

from dataclasses import dataclass
from typing import Final
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Part:
    """Number ``number``, from 0, of ``of``."""

    number: int = 0
    of: int = 1

    def share(self, whole: int) -> int:
        """Of ``whole``, so much: the shares of all add up to it."""
        return whole // self.of + (self.number < whole % self.of)

    def prefers(self, document_id: str) -> bool:
        """Whether it makes this document rather than the others: the envelopes of one document then leave together."""
        return crc32(document_id.encode()) % self.of == self.number


#: Of one process, which has it all.
WHOLE: Final = Part()
