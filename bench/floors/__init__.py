"""Two servers to be held against: the naive one that anybody writes first, and the fastest that Python allows.

They store what they are sent, check its structure, index it, and know neither law, proof, repeat nor delivery.
"""
