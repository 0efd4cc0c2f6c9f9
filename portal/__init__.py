"""The pages: rendered here, asked for through the same door as every question, and never holding data of their own.

`contract.Door` is everything that they know of the exchange. One page is one file in `pages/` and one line in `PAGES`.
"""
