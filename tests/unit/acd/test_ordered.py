"""The orders of items against the plain sorting of them."""

from hypothesis import given
from hypothesis import strategies as st

from acd.engine.ordered import Heap, Ordered, Schedule

CHANGES = st.lists(st.tuples(st.integers(0, 12), st.none() | st.integers(0, 5)), max_size=400)


@given(CHANGES)
def test_whatever_is_put_moved_and_taken_out_the_first_is_the_smallest(
    changes: list[tuple[int, int | None]],
) -> None:
    heap: Heap[tuple[int, int], int] = Heap()
    ordered: Ordered[tuple[int, int], int] = Ordered()
    model: dict[int, tuple[int, int]] = {}
    for item, order in changes:
        if order is None:
            heap.discard(item)
            ordered.discard(item)
            model.pop(item, None)
        else:
            model[item] = (order, item)
            heap.put(item, model[item])
            ordered.put(item, model[item])
        sorted_items = sorted(model, key=model.__getitem__)
        first = (model[sorted_items[0]], sorted_items[0]) if model else None
        assert heap.head == ordered.first() == first
        assert heap.first_few(4) == sorted_items[:4]
        assert list(ordered) == sorted_items
        assert set(heap) == set(model)
        assert len(heap) == len(ordered) == len(model)
        if first is not None:
            assert ordered.count_before(model[sorted_items[-1]]) == len(model) - 1


def test_what_was_taken_out_takes_no_room_for_long() -> None:
    heap: Heap[tuple[int], int] = Heap()
    for number in range(10_000):
        heap.put(number, (number,))
        if number > 10:
            heap.discard(number)
    assert len(heap._heap) + len(heap._run) < 200


TIMES = st.lists(st.tuples(st.integers(0, 12), st.none() | st.floats(0, 20)), max_size=400)


@given(TIMES)
def test_whatever_is_put_off_moved_and_taken_out_the_first_is_the_soonest(
    changes: list[tuple[int, float | None]],
) -> None:
    schedule: Schedule[int] = Schedule()
    model: dict[int, float] = {}
    for item, due_s in changes:
        if due_s is None:
            schedule.discard(item)
            model.pop(item, None)
        else:
            model[item] = due_s
            schedule.put(item, due_s)
        assert schedule.head == min(((due, one) for one, due in model.items()), default=None)
        assert len(schedule) == len(model)
        assert schedule.due_s(item) == model.get(item)
        assert (item in schedule) == (item in model)


def test_times_that_were_moved_or_taken_out_take_no_room_for_long() -> None:
    schedule: Schedule[int] = Schedule()
    schedule.put(0, 9.0)
    for number in range(1, 10_000):
        schedule.put(1, 9.1 + number / 20_000)
        schedule.put(number, 9.0)
        schedule.discard(number)
    assert len(schedule._soon) < 200
    assert schedule.head == (9.0, 0)
