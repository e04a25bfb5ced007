"""Items in order of a key."""

import math
from bisect import insort
from collections.abc import Hashable, Iterator
from heapq import heappop, heappush, merge
from itertools import islice
from typing import Any, Generic, TypeVar

from sortedcontainers import SortedList

OrderT = TypeVar("OrderT", bound=tuple[Any, ...] | float)
PlaceT = TypeVar("PlaceT", bound=tuple[Any, ...])
ItemT = TypeVar("ItemT", bound=Hashable)

STALE_KEPT = 64
"""Entries out of date that a small heap may hold beside as many as it has items."""


class Ordered(Generic[PlaceT, ItemT]):
    """A set of items that also says how many stand before a place; orders must differ between items."""

    __slots__ = ("_items", "_orders")

    def __init__(self) -> None:
        self._items = SortedList()
        """Order and item in one flat tuple: what is compared most lies closest."""
        self._orders: dict[ItemT, PlaceT] = {}

    def put(self, item: ItemT, order: PlaceT) -> None:
        """Adds the item, or moves it to another place."""
        self.discard(item)
        self._orders[item] = order
        self._items.add((*order, item))

    def discard(self, item: ItemT) -> None:
        """Takes the item out, if it is in."""
        order = self._orders.pop(item, None)
        if order is not None:
            self._items.remove((*order, item))

    def first(self) -> tuple[PlaceT, ItemT] | None:
        """The smallest order with its item."""
        if not self._items:
            return None
        item: ItemT = self._items[0][-1]
        return self._orders[item], item

    def first_few(self, limit: int) -> list[ItemT]:
        """The items in the first places."""
        return [entry[-1] for entry in self._items[:limit]]

    def count_before(self, order: PlaceT) -> int:
        """How many stand before a place."""
        return int(self._items.bisect_left(order))

    def __len__(self) -> int:
        return len(self._orders)

    def __contains__(self, item: ItemT) -> bool:
        return item in self._orders

    def __iter__(self) -> Iterator[ItemT]:
        return iter([entry[-1] for entry in self._items])


class Heap(Generic[OrderT, ItemT]):
    """A set of items of which the first is asked for: cheaper than `Ordered`, and counts no places.

    Of equal orders the smaller item is first.

    Most come in the order in which they stand: these form a run, to whose end one more is added, and from
    whose begin one is taken, at no cost that grows. Only the others are in a heap. What is taken out or moved
    leaves its entry behind until that comes to the top, or until such entries are the most.
    """

    __slots__ = ("_begin", "_entries", "_heap", "_run", "head")

    def __init__(self) -> None:
        self._run: list[tuple[OrderT, ItemT]] = []
        self._begin = 0
        """Of the run this many are over."""
        self._heap: list[tuple[OrderT, ItemT]] = []
        self._entries: dict[ItemT, tuple[OrderT, ItemT]] = {}
        self.head: tuple[OrderT, ItemT] | None = None
        """The smallest order with its item; only to be read."""

    def put(self, item: ItemT, order: OrderT) -> None:
        """Adds the item, or moves it to another place."""
        entry, entries, run, head = (order, item), self._entries, self._run, self.head
        before = entries.get(item)
        entries[item] = entry
        if not run or run[-1] <= entry:
            run.append(entry)
        else:
            heappush(self._heap, entry)
        if head is None or entry < head:
            self.head = entry
        elif before is head:
            self._find_head()
        if len(run) + len(self._heap) > 2 * len(entries) + STALE_KEPT:
            self._run, self._begin, self._heap = sorted(entries.values()), 0, []

    def discard(self, item: ItemT) -> None:
        """Takes the item out, if it is in."""
        entry = self._entries.pop(item, None)
        if entry is not None and entry is self.head:
            self._find_head()

    def _find_head(self) -> None:
        run, heap, valid = self._run, self._heap, self._entries.get
        self.head = None
        if not self._entries:
            run.clear()
            heap.clear()
            self._begin = 0
            return
        for begin in range(self._begin, len(run)):
            entry = run[begin]
            if valid(entry[1]) is entry:
                self.head = entry
                self._begin = begin
                break
        else:
            run.clear()
            self._begin = 0
        if heap:
            self._look_into_heap()

    def _look_into_heap(self) -> None:
        heap, valid = self._heap, self._entries.get
        while heap and valid(heap[0][1]) is not heap[0]:
            heappop(heap)
        if heap and (self.head is None or heap[0] < self.head):
            self.head = heap[0]

    def first_few(self, limit: int) -> list[ItemT]:
        """The items in the first places, found without a look at all the others."""
        run = map(self._run.__getitem__, range(self._begin, len(self._run)))
        in_order = merge(run, self._heap_in_order()) if self._heap else run
        valid = self._entries.get
        return list(islice((entry[1] for entry in in_order if valid(entry[1]) is entry), limit))

    def _heap_in_order(self) -> Iterator[tuple[OrderT, ItemT]]:
        heap = self._heap
        edge = [(heap[0], 0)]
        while edge:
            entry, place = heappop(edge)
            yield entry
            for below in range(2 * place + 1, min(2 * place + 3, len(heap))):
                heappush(edge, (heap[below], below))

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, item: ItemT) -> bool:
        return item in self._entries

    def __iter__(self) -> Iterator[ItemT]:
        return iter(list(self._entries))


SPAN_S = 1.0
"""What is due later than a moment ahead is put off in spans of this length."""


class Schedule(Generic[ItemT]):
    """A set of items of which the first that is due is asked for.

    Only those of the nearest span are kept in order. The others lie unsorted in the span in which they
    are due: most are taken out before that comes, and were never sorted then. What is taken out or moved
    leaves its entry behind, which counts for nothing, until it would be due or such entries are the most.
    """

    __slots__ = ("_begin", "_due", "_later", "_soon", "_spans", "_until_s", "head")

    def __init__(self) -> None:
        self.head: tuple[float, ItemT] | None = None
        """When the first of all is due, and the item; only to be read."""
        self._due: dict[ItemT, float] = {}
        self._soon: list[tuple[float, ItemT]] = []
        """What is due in the nearest span, in order."""
        self._begin = 0
        """Of those this many are over."""
        self._until_s = 0.0
        """When the nearest span ends."""
        self._later: dict[float, list[ItemT]] = {}
        """By span."""
        self._spans: list[float] = []

    def put(self, item: ItemT, due_s: float) -> None:
        """Adds the item, or moves it to another time."""
        before, head = self._due.get(item), self.head
        self._due[item] = due_s
        if due_s < self._until_s:
            self._put_soon((due_s, item))
        else:
            span = due_s // SPAN_S
            if span in self._later:
                self._later[span].append(item)
            else:
                self._later[span] = [item]
                heappush(self._spans, span)
        if head is None or before == head[0]:
            self._find_head()

    def _put_soon(self, entry: tuple[float, ItemT]) -> None:
        if len(self._soon) > 2 * len(self._due) + STALE_KEPT:
            self._soon, self._begin = [entry for entry in self._soon[self._begin :] if self._counts(entry)], 0
        insort(self._soon, entry, self._begin)
        if self.head is not None and entry < self.head:
            self.head = entry

    def _counts(self, entry: tuple[float, ItemT]) -> bool:
        return self._due.get(entry[1]) == entry[0]

    def discard(self, item: ItemT) -> None:
        """Takes the item out, if it is in."""
        head = self.head
        if head is not None and self._due.pop(item, None) == head[0]:
            self._find_head()

    def _find_head(self) -> None:
        soon, due = self._soon, self._due.get
        for begin in range(self._begin, len(soon)):
            entry = soon[begin]
            if due(entry[1]) == entry[0]:
                self.head, self._begin = entry, begin
                return
        self._open_span()

    def _open_span(self) -> None:
        """Sorts the next span in which anything is left."""
        soon: list[tuple[float, ItemT]] = []
        while self._spans and not soon:
            span = heappop(self._spans)
            self._until_s = (span + 1) * SPAN_S
            due = [(self._due.get(item, math.inf), item) for item in self._later.pop(span)]
            soon = sorted(entry for entry in due if entry[0] < self._until_s)
        self._soon, self._begin = soon, 0
        self.head = soon[0] if soon else None

    def due_s(self, item: ItemT) -> float | None:
        """When the item is due; None when it is not in."""
        return self._due.get(item)

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, item: ItemT) -> bool:
        return item in self._due
