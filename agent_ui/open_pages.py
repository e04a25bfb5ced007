"""Which pages have their event socket open, and whether it was the way to all of them that broke."""

from kernel.ids import StaffId

TOGETHER_S = 1.0
"""Pages that go within this time of each other went together."""

Page = tuple[StaffId, str]


class OpenPages:
    """When the last of several pages goes together with others, nobody closed a tab: the edge went."""

    def __init__(self) -> None:
        self._open: set[Page] = set()
        self._went_at_s: dict[Page, float] = {}

    def __contains__(self, page: Page) -> bool:
        """Whether the page is connected."""
        return page in self._open

    def came(self, page: Page) -> None:
        """The page connected."""
        self._open.add(page)
        self._went_at_s.pop(page, None)

    def went(self, page: Page, now_s: float) -> frozenset[Page]:
        """The page's last socket is closed; all that went together, if the way to all of them broke."""
        self._open.discard(page)
        self._went_at_s = {
            known: at_s for known, at_s in self._went_at_s.items() if now_s - at_s <= TOGETHER_S
        } | {page: now_s}
        is_way_lost = not self._open and len(self._went_at_s) > 1
        return frozenset(self._went_at_s) if is_way_lost else frozenset()
