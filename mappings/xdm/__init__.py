"""The report as MSSanté carries it: an IHE XDM archive and the mail around it.

IHE ITI TF-2 3.32 (XDM), ANS « Référentiel socle MSSanté #2 » v1.0.1, CI-SIS volet courriel 1.1.3.
"""

from mappings.xdm.archive import archive
from mappings.xdm.mail import mail_refusals, message

__all__ = ["archive", "mail_refusals", "message"]
