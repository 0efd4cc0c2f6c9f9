"""Three exchanges, one above the other: a street's, its district's and the city's. `python -m examples.three_tiers`."""
