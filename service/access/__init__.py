"""Who calls. Authentication lives here; what a caller may do is asked of ``Caller`` by the stories.

Until a real identity provider is configured there are development identities only, on loopback only.
"""

from service.access.caller import Caller
from service.access.development import DevelopmentIssuer

__all__ = ["Caller", "DevelopmentIssuer"]
