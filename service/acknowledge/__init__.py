"""A receipt becomes the envelope's next state and a proof, in one commit.

``settling`` settles; ``consequences`` says what goes on record of an outcome, by where its act and its report stand;
``recording`` makes it. Reads the store and commits to it; calls no destination.
"""

from service.acknowledge.settling import Acknowledge

__all__ = ["Acknowledge"]
