"""Items in order of a key: first, place and removal in O(log n)."""

from collections.abc import Hashable, Iterator
from typing import Any, Generic, TypeVar

from sortedcontainers import SortedList

OrderT = TypeVar("OrderT", bound=tuple[Any, ...])
ItemT = TypeVar("ItemT", bound=Hashable)


class Ordered(Generic[OrderT, ItemT]):
    """A set of items, each with the order it stands in; orders must differ between items."""

    __slots__ = ("_items", "_orders")

    def __init__(self) -> None:
        self._items = SortedList()
        self._orders: dict[ItemT, OrderT] = {}

    def put(self, item: ItemT, order: OrderT) -> None:
        """Adds the item, or moves it to another place."""
        self.discard(item)
        self._orders[item] = order
        self._items.add((order, item))

    def discard(self, item: ItemT) -> None:
        """Takes the item out, if it is in."""
        order = self._orders.pop(item, None)
        if order is not None:
            self._items.remove((order, item))

    def first(self) -> tuple[OrderT, ItemT] | None:
        """The smallest order with its item."""
        found: tuple[OrderT, ItemT] | None = self._items[0] if self._items else None
        return found

    def first_few(self, limit: int) -> list[ItemT]:
        """The items in the first places."""
        return [item for _, item in self._items.islice(0, limit)]

    def count_before(self, order: OrderT) -> int:
        """How many stand before a place."""
        return int(self._items.bisect_left((order,)))

    def order_of(self, item: ItemT) -> OrderT | None:
        """Where the item stands; None when it is not in."""
        return self._orders.get(item)

    def __len__(self) -> int:
        return len(self._orders)

    def __contains__(self, item: ItemT) -> bool:
        return item in self._orders

    def __iter__(self) -> Iterator[ItemT]:
        return iter([item for _, item in self._items])
