"""Consulting a patient's documents in the shared record: who may, what is shown, what is left of it.

A délégué or délégant of a team that follows the patient reads; nothing of what is read is kept, changes an identity or
becomes a resource. What is left is an AuditEvent, committed before the answer leaves.
"""

from service.consultation.examining import Examined
from service.consultation.looking import Consultation, Listed, Opened

__all__ = ["Consultation", "Examined", "Listed", "Opened"]
