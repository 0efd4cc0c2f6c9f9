from __future__ import annotations

from random import Random

from democity.chance import chance


def seeded(seed: int) -> Random:
    return Random(seed)


def test_so_many_of_all_draws() -> None:
    random = seeded(1)
    assert 450 < sum(chance(random, 0.5) for _ in range(1000)) < 550
    assert not any(chance(random, 0) for _ in range(100))
    assert all(chance(random, 1) for _ in range(100))
