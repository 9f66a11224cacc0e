"""What a commit may come to beside its links and the refusals of ``unit``."""


class Closed(Exception):
    """The store is closed."""


class Unconfirmed(Exception):
    """The database failed: the unit may be stored or not. Ask again under the same request key."""


class Overloaded(Exception):
    """The writer is held and enough units wait for it: nothing was kept of this one."""


class Unstorable(Exception):
    """The schema refuses the unit: a defect of its maker. The driver's words are left out, they quote values."""
