"""Planning over declared sources: hops from rows to rows, with as much of the row rule as a source can decide."""
