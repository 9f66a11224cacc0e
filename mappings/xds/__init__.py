"""XDS.b: metadata of a report, the transactions that carry it to a shared record, and their answers.

IHE ITI TF-1 10, TF-2 3.18, 3.41, 3.43, TF-3 4; ANS, DMP. Pure: bytes and elements, never a socket.
"""

from mappings.xds.metadata import dmp_refusals, metadata_refusals, submission_to_ebxml

__all__ = ["dmp_refusals", "metadata_refusals", "submission_to_ebxml"]
