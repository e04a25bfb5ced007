"""The site's regions: which places belong to which branch."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, ValidationError

from customers.errors import RegionsFileInvalid
from kernel.briefs import Words
from kernel.site_yaml import Key, Name, Strict, document_of, line_of
from kernel.written import in_plain_words

PLACES_MAX = 500
_MUNICIPALITIES = "北京|天津|上海|重庆"
_PROVINCE = re.compile(
    rf"(?P<name>{_MUNICIPALITIES}|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南(?!藏族)|四川|贵州|云南|陕西"
    r"|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)(?P<kind>省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)?"
)
"""What begins with such a name begins with a province. Towns bear such names too (吉林市)."""
_COUNTRY = re.compile(r"^(中华人民共和国|中国|china\b[\s,]*)")

_Place = Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]
_AreaCode = Annotated[str, Field(pattern=r"^[0-9]{2,5}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """What one branch looks after."""

    key: str
    """By which agents, flows and customers name it."""
    name: Words
    places: tuple[str, ...] = ()
    """Provinces and towns, in Chinese or English."""
    area_codes: tuple[str, ...] = ()
    """Of landlines, without the 0 that is dialled before them."""


class _Written(Strict):
    name: Name
    places: list[_Place] = Field(default_factory=list, max_length=PLACES_MAX)
    area_codes: list[_AreaCode] = Field(default_factory=list, max_length=PLACES_MAX)


@dataclass(frozen=True, slots=True)
class Regions:
    """All regions of a site."""

    by_key: Mapping[str, Region]

    def of_text(self, text: str) -> str:
        """The region that somebody wrote: its key, its name, or a place in it; "" where it is none."""
        wanted = _COUNTRY.sub("", text.strip()).casefold()
        if not wanted:
            return ""
        for region in self.by_key.values():
            if wanted in {region.key, region.name.zh.casefold(), region.name.en.casefold()}:
                return region.key
        return self.of_places([wanted])

    def of_places(self, names: Iterable[str]) -> str:
        """The region of a place by its names; a town that is listed counts before its province."""
        texts = [name.casefold() for name in names if name]
        found = [
            (nearness, region.key)
            for region in self.by_key.values()
            for place in region.places
            for text in texts
            if (nearness := _nearness(place.casefold(), text))
        ]
        return max(found, default=((0, 0), ""))[1]

    def of_landline(self, digits: str) -> str:
        """The region of a number of this country, given without the country's code, by its area code."""
        found = [
            (len(code), region.key)
            for region in self.by_key.values()
            for code in region.area_codes
            if digits.startswith(code)
        ]
        return max(found, default=(0, ""))[1]


NO_REGIONS = Regions({})


def _nearness(place: str, text: str) -> tuple[int, int] | None:
    """How closely a listed place says where the text is; None where it is elsewhere.

    A town is nearer than its province, a long name nearer than a short one.
    """
    if place.isascii():
        parts = [part.strip() for part in text.split(",")]
        return (int(place == parts[0] and len(parts) > 1), len(place)) if place in parts else None
    province, town = _split(place)
    its_province, its_town = _split(text)
    if (province and province != its_province) or town.removesuffix("市") not in its_town:
        return None
    return (int(bool(town)), len(place))


def _split(place: str) -> tuple[str, str]:
    """Province and town of a Chinese place; "" for what it does not say."""
    found = _PROVINCE.match(place)
    if found is None:
        return "", place
    name, kind = found.groups()
    is_town = kind == "市" and name not in _MUNICIPALITIES.split("|")
    return name, place[0 if is_town else found.end() :]


def parse_regions(text: str, *, name: str = "regions.yaml") -> Regions:
    """The regions of a site; raises `RegionsFileInvalid` with file and line."""
    document = document_of(text, name, RegionsFileInvalid)
    listed = document.get("regions") if isinstance(document, dict) else None
    if not isinstance(listed, dict):
        raise RegionsFileInvalid(name, 1, "needs `regions:` with the regions below it")
    regions = {key: _region(name, listed, key) for key in listed}
    _refuse_doubles(name, listed, regions)
    return Regions(regions)


def _region(name: str, listed: Any, key: Any) -> Region:
    try:
        Key(key=key)
        written = _Written.model_validate(listed[key])
    except ValidationError as error:
        first = error.errors()[0]
        place = first["loc"] if first["loc"] != ("key",) else ()
        what = ".".join(str(part) for part in place) or "the region"
        line = line_of(listed, (key, *place))
        raise RegionsFileInvalid(name, line, f"{key}: {what}: {in_plain_words(first)}") from error
    return Region(
        key=key,
        name=Words(zh=written.name.zh, en=written.name.en),
        places=tuple(place.strip() for place in written.places),
        area_codes=tuple(code.lstrip("0") for code in written.area_codes),
    )


def _refuse_doubles(name: str, listed: Any, regions: Mapping[str, Region]) -> None:
    """A place that is in two regions would be in one of them by chance."""
    seen: dict[tuple[str, str], str] = {}
    for region in regions.values():
        for field, entries in (("places", region.places), ("area_codes", region.area_codes)):
            for number, entry in enumerate(entries):
                other = seen.setdefault((field, entry.casefold()), region.key)
                if other != region.key:
                    line = line_of(listed, (region.key, field, number))
                    raise RegionsFileInvalid(name, line, f"{region.key}: {entry} is in {other} already")
