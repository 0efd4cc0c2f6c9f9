"""Plans: which source is asked for what, in which order, under which row rules; and how the answer is put together.

A plan holds no area, no person and no value: it is cached by operation, standing and policy epoch.
"""
