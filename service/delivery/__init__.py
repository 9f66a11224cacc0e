"""Story two at work: lanes by destination, the loop that claims and delivers, the sweep of what was left behind.

What must live here: how many attempts run at once, towards whom, and when none does. What must not be known here:
what an attempt is (``dispatch``), what its answer means for the document (``acknowledge``).
"""
