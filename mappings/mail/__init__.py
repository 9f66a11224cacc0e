"""Mail that came to us, read: notices, receipts, answers, documents. Pure; what it reads was written by anybody.

RFC 5322 and 2045 (messages), RFC 3464 (delivery status), RFC 8098 (disposition), IHE XDM (ITI TF-2 3.32). It says what
a mail claims, never what follows: whether the claim counts is for ``service.inbound`` to judge, against what was sent.
"""
