"""The proof: one hash chain per structure over the stored bytes, and its check. Pure.

Digests are over bytes as stored, never over a model printed again. Who stores links is ``store``'s matter.
"""
