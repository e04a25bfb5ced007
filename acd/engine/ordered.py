"""Items in order of a key."""

from collections.abc import Hashable, Iterator
from heapq import heapify, heappop, heappush
from typing import Any, Generic, TypeVar

from sortedcontainers import SortedList

OrderT = TypeVar("OrderT", bound=tuple[Any, ...] | float)
ItemT = TypeVar("ItemT", bound=Hashable)

STALE_KEPT = 64
"""Entries out of date that a small heap may hold beside as many as it has items."""


class Ordered(Generic[OrderT, ItemT]):
    """A set of items that also says how many stand before a place; orders must differ between items."""

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
        return [item for _, item in self._items[:limit]]

    def count_before(self, order: OrderT) -> int:
        """How many stand before a place."""
        return int(self._items.bisect_left((order,)))

    def __len__(self) -> int:
        return len(self._orders)

    def __contains__(self, item: ItemT) -> bool:
        return item in self._orders

    def __iter__(self) -> Iterator[ItemT]:
        return iter([item for _, item in self._items])


class Heap(Generic[OrderT, ItemT]):
    """A set of items of which the first is asked for: cheaper than `Ordered`, and counts no places.

    Of equal orders the smaller item is first.

    What is taken out or moved leaves its entry behind until that comes to the top, or until such
    entries are the most.
    """

    __slots__ = ("_entries", "_heap", "head")

    def __init__(self) -> None:
        self._heap: list[tuple[OrderT, ItemT]] = []
        self._entries: dict[ItemT, tuple[OrderT, ItemT]] = {}
        self.head: tuple[OrderT, ItemT] | None = None
        """The smallest order with its item; only to be read."""

    def put(self, item: ItemT, order: OrderT) -> None:
        """Adds the item, or moves it to another place."""
        entry = (order, item)
        before = self._entries.get(item)
        self._entries[item] = entry
        heappush(self._heap, entry)
        if self.head is None or entry < self.head:
            self.head = entry
        elif before is self.head:
            self._find_head()
        if len(self._heap) > 2 * len(self._entries) + STALE_KEPT:
            self._heap = list(self._entries.values())
            heapify(self._heap)

    def discard(self, item: ItemT) -> None:
        """Takes the item out, if it is in."""
        entry = self._entries.pop(item, None)
        if entry is not None and entry is self.head:
            self._find_head()

    def _find_head(self) -> None:
        heap, entries = self._heap, self._entries
        while heap:
            entry = heap[0]
            if entries.get(entry[1]) is entry:
                self.head = entry
                return
            heappop(heap)
        self.head = None

    def first_few(self, limit: int) -> list[ItemT]:
        """The items in the first places, found without a look at all the others."""
        heap, entries = self._heap, self._entries
        found: list[ItemT] = []
        edge = [(heap[0], 0)] if heap else []
        while edge and len(found) < limit:
            entry, place = heappop(edge)
            if entries.get(entry[1]) is entry:
                found.append(entry[1])
            for below in range(2 * place + 1, min(2 * place + 3, len(heap))):
                heappush(edge, (heap[below], below))
        return found

    def order_of(self, item: ItemT) -> OrderT | None:
        """Where the item stands; None when it is not in."""
        entry = self._entries.get(item)
        return entry[0] if entry is not None else None

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, item: ItemT) -> bool:
        return item in self._entries

    def __iter__(self) -> Iterator[ItemT]:
        return iter(list(self._entries))
