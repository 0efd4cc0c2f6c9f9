"""The exchange's own subgraph: what the exchange knows about itself, governed and receipted like any other source."""
