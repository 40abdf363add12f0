"""Order numbers as people and stores write them."""

from __future__ import annotations


def store_order_numbers(number: str) -> tuple[str, ...]:
    """The ways a person may write a store's order number, as it is first: stores word it `#1001`, people 1001."""
    bare = number.removeprefix("#")
    return (number, f"#{bare}", bare) if bare else (number,)
