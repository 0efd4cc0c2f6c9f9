"""The registry: what people agreed on, declared, broke open, consented to, were assigned and changed; durable.

The path of an act: a method of `agreements`, `emergencies`, `glass`, `consents`, `cases` or `changes` judges it inside
a write transaction of `store`, which has it recorded and commits; `database` opens the file durably, `schema` says what
it looks like at rest. `registry` holds all of them, and says by numbers whether what decides has changed.
"""
