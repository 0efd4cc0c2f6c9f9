"""The public benchmark of federation gateways: one supergraph of four subgraphs, one question, one right answer."""
