"""Planning over a graph of any Federation v2 subgraphs: places, and the steps that fetch what stands there."""
