"""A plan over a federated graph, executed: what arrives is held by place, decided, masked as columns, put together."""
