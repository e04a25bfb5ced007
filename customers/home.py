"""Where a caller is at home, and so whose branch is to be asked first."""

import asyncio
import importlib
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import phonenumbers
import structlog

from customers.regions import Regions
from infra.tasks import to_the_end
from telephony.model import NOWHERE, Home, HomeBy

log = structlog.get_logger(__name__)

LANGUAGES = ("zh", "en")
Describe = Callable[[phonenumbers.PhoneNumber, str], str]
"""What the area of a number is called in a language."""


class RegionDirectory:
    """The site's regions; what is broken leaves those of before."""

    def __init__(self, regions: Regions, changed: Callable[[], Regions | None]) -> None:
        self._changed = changed
        self.last = regions
        """What the file said when it was last read."""

    async def follow(self, every_s: float) -> None:
        """Takes up what the file says now and then, so that no caller waits for it; until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            try:
                changed = await to_the_end(self._changed)
                if changed is not None:
                    self.last = changed
            except Exception:
                log.exception("the site's regions not read, trying again")

    def keys(self) -> Collection[str]:
        """By which agents, flows and customers name them."""
        return self.last.by_key.keys()


class Areas(Protocol):
    """The home areas of phone numbers."""

    async def names_of(self, number: str) -> Sequence[str]:
        """What the area of a number in E.164 is called; nothing where that is not known."""
        ...


class NumberAreas:
    """The areas that come with the library of phone numbers, for landlines and mobiles, without any network.

    Loaded when first asked, in a thread: they take half a second and some 100 MB, which a site without
    regions never pays.
    """

    def __init__(self, answer_max_s: float) -> None:
        self._answer_max_s = answer_max_s
        self._loading: asyncio.Task[Describe] | None = None

    async def names_of(self, number: str) -> Sequence[str]:
        """See `Areas`; nothing either for who calls while they are being loaded and take too long for it."""
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(_load), name="areas of numbers")
        await asyncio.wait([self._loading], timeout=self._answer_max_s)
        if not self._loading.done():
            return ()
        describe = self._loading.result()
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return ()
        return tuple(name for language in LANGUAGES if (name := describe(parsed, language)))


def _load() -> Describe:
    describe: Describe = importlib.import_module("phonenumbers.geocoder").description_for_number
    return describe


class Homes:
    """Finds the region of a caller: by what is known of the customer, else by the number."""

    def __init__(self, directory: RegionDirectory, areas: Areas, *, home_region: str) -> None:
        self.regions = directory
        self._areas = areas
        self._country_code = phonenumbers.country_code_for_region(home_region)

    async def prepare(self) -> None:
        """Loads what takes a while, if the site needs it, before anybody calls."""
        await self.of("", f"+{self._country_code}")

    async def of(self, noted: str, number: str) -> Home:
        """The caller's region and how it was found; what is noted of the customer comes first."""
        regions = self.regions.last
        if key := regions.of_text(noted):
            return Home(key, HomeBy.RECORD)
        key = await self._of_number(regions, number)
        return Home(key, HomeBy.NUMBER) if key else NOWHERE

    async def _of_number(self, regions: Regions, number: str) -> str:
        prefix = f"+{self._country_code}"
        if number.startswith(prefix) and (key := regions.of_landline(number.removeprefix(prefix))):
            return key
        has_places = any(region.places for region in regions.by_key.values())
        return regions.of_places(await self._areas.names_of(number)) if number and has_places else ""
