"""Receipts: entries made durable before anything is released, in a Merkle log that can be searched and verified.

The order in which an entry meets the modules: `pseudonym` → `entry` → `log` → `store` → `tree`; then `checkpoint` and
`note` sign the head, `reader` reads it back, `search` answers who looked at whom, and `verify` proves the log offline.
"""
