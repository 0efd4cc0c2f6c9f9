"""The demo city: made-up residents, the systems that hold their records, and the policy of who may see them.

`divisions` are facts; `people` and `records` make rows from a seed; `build` writes them as the sources that
`city/exchange.yaml` declares; `delivery` is the outside company's own service. Nobody in it exists.
"""
