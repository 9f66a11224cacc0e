"""What is measured, against whom: ``python -m bench``. The method stands in ``docs/performance.md``."""
