"""Where choices come from: a seeded generator, or hypothesis (which can shrink them)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Draw(Protocol):
    """A source of choices. Put the simplest choice first: hypothesis shrinks towards it."""

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""

    def chance(self, percent: int) -> bool:
        """True in that percentage of cases."""

    def many(self, make: Callable[[Draw], T], most: int) -> list[T]:
        """Up to `most` things."""

    def shuffled(self, things: list[T]) -> list[T]:
        """The things in another order."""


class SeededDraw:
    """Choices of a seeded generator: fast, the same for the same seed."""

    def __init__(self, seed: object) -> None:
        self.random = Random(str(seed))

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[int(self.random.random() * len(choices))]

    def chance(self, percent: int) -> bool:
        """True in that percentage of cases."""
        return self.random.random() * 100 < percent

    def many(self, make: Callable[[Draw], T], most: int) -> list[T]:
        """Up to `most` things."""
        return [make(self) for _ in range(self.random.randint(0, most))]

    def shuffled(self, things: list[T]) -> list[T]:
        """The things in another order."""
        return self.random.sample(things, len(things))


class HypothesisDraw:
    """Choices of hypothesis."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        index: int = self.draw(st.integers(0, len(choices) - 1))
        return choices[index]

    def chance(self, percent: int) -> bool:
        """True in that percentage of cases."""
        number: int = self.draw(st.integers(0, 99))
        return number >= 100 - percent

    def many(self, make: Callable[[Draw], T], most: int) -> list[T]:
        """Up to `most` things."""
        things: list[T] = self.draw(st.lists(drawn(make), max_size=most))
        return things

    def shuffled(self, things: list[T]) -> list[T]:
        """The things in another order (or as they are)."""
        order: list[T] = self.draw(st.sampled_from([things, things[::-1]]))
        return list(order)


def drawn(make: Callable[[Draw], T]) -> st.SearchStrategy[T]:
    """A hypothesis strategy from a function of a `Draw`."""

    @st.composite
    def strategy(draw: Callable[[st.SearchStrategy[Any]], Any]) -> T:
        return make(HypothesisDraw(draw))

    return strategy()
