"""What an envelope is and what may happen to it. Pure: no clock, no network, no database.

Here live the states, the transition table, the retry decision and the vocabulary of receipts; who
stores them (``store``) and who carries them (``clients``) must not be known here.
"""
