"""Commands of ``binome`` that do more than start a process: what they open, in which order, and what they say in French."""
