"""Schemas: what `exchange.yaml` declares, and the subgraphs and the supergraph made of it."""
