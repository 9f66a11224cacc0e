"""PDSm: a report for a shared record that speaks FHIR, and what such a record answers.

ANS, « Partage de documents de santé en mobilité » 3.1.1 (ans.fhir.fr.pdsm) on IHE MHD 4.2.3: ITI-65, ITI-66, ITI-67,
ITI-68, ITI-105. Pure: values and bytes, never a socket.
"""

from mappings.pdsm.provide import pdsm_refusals, provide_bundle, simplified_publish

__all__ = ["pdsm_refusals", "provide_bundle", "simplified_publish"]
