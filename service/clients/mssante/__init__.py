"""MSSanté mail: one message to one box, by SMTP submission (RFC 5321, RFC 6409) to the operator of the structure.

``package`` makes the message, ``preflight`` holds back what is known to fail, ``send`` carries it, ``read`` understands the
reply, ``codes`` is the table of outcomes; what comes back by mail is read in ``service.inbound``. ``token`` opens a personal
or organisational box, ``membership`` keeps the signed list of the trust space that ``trust_space`` reads, ``composing`` is all
that by the settings. A mail server cannot be asked what it has: a doubtful mail is sent again, same
Message-ID, same bytes, and the repeat is counted.
"""
