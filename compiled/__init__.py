"""The hot modules compiled ahead of time by mypyc: ``python -m compiled build | run … | test …``.

``build`` copies ``service`` and ``mappings`` to ``var/compiled`` and compiles there what ``rooms`` names. Nothing of the
service knows of it: the same sources run uncompiled wherever they stand, and are the reference. Why so: decision 0064.
"""
