"""The demo city: made-up residents, the systems that hold their records, and the policy of who may see them.

`divisions` are facts. `streets` makes the people, street by street, and nothing keeps those before; `registers` makes
of each street the rows of every system (`tables`), and `build` puts them where `city/exchange.yaml` says (`stores/`).
`delivery` is an outside company's own service, `appearance` a bureau's. Nobody in it exists.
"""
