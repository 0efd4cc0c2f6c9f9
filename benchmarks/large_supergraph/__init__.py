"""A supergraph as large as a city's: made up from a seed, with questions for it, and what planning it costs."""
