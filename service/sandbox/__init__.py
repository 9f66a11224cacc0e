"""The destinations that a newcomer, tests and integrators meet: real SMTP, SOAP and HTTP listeners on loopback.

A second implementation, on purpose: what is received is read and judged here by code that shares nothing with the
code that wrote it, so that both must agree with the specification. Faults can be ordered (``faults``), everything
received can be read back (``app``), nothing leaves the machine and nothing outlives the process.
"""
