"""Examples that run, each in a folder of its own."""
