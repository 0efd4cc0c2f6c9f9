"""What the exchange costs, beside a floor and a peer in the same run: `make bench`. Described in docs/benchmarks.md."""
