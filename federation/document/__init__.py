"""Documents: parsed and validated once, bounded before any work, turned into a question of slots and values."""
