"""HTTP: requests read and bounded, answers and refusals written, health and metrics."""
