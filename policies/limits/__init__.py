"""Limits: what one principal may see in a day, and how often one person's data may be disclosed.

The path of a charge: `limits` (how the house asks) → `writer` (who waits is committed together) → `store` (one
transaction) → `page` (what it touches, and the judgement) → `database` (the file). `reader` is for those who only look,
`rules` says which bounds apply, and `names` what principals are called at rest.
"""
