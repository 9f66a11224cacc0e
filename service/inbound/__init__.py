"""Mail that comes to our boxes: fetched, kept, read, judged against what was sent.

``imap`` speaks with a box, ``fetching`` keeps before it flags, ``confined`` reads what anybody wrote in a process that
may die of it, ``matching`` asks whether a claim answers a mail of ours, ``hearing`` writes what a receipt changes,
``effects`` what any mail leads to. Nothing here ever sends a mail: no robot can start a conversation with us.
"""
