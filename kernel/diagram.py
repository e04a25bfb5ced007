"""A diagram of named boxes and the ways between them: in rows by how far they are from the start. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

WIDTH, HEIGHT = 200, 64
GAP_X, GAP_Y = 36, 76
MARGIN = 40
SHOWN_MAX = 12
"""Characters of Chinese that fit in a node; of other writing twice as many."""
PLAIN = "#eef0f2"
"""Of boxes that have no colour of their own."""
FONT = "'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From one box to another; `by` is how one comes to go there."""

    origin: str
    target: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Something's place; x and y are those of its left upper corner."""

    name: str
    type: str
    shows: str
    x: int
    y: int
    begins: str = ""
    """On what occasion one comes here from anywhere; "" where only ways lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Where everything stands."""

    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """What a box says, wherever it stands."""

    type: str
    shows: str
    begins: str = ""


def arranged(signs: Mapping[str, Sign], ways: tuple[Way, ...], starts: Sequence[str]) -> Drawing:
    """The boxes below the first start, then below the others; at the end those to which no way leads."""
    rows = _rows(signs, ways, starts)
    widest = max((len(row) for row in rows), default=0)
    width = 2 * MARGIN + widest * (WIDTH + GAP_X) - GAP_X
    boxes = tuple(
        Box(
            name=name,
            type=signs[name].type,
            shows=signs[name].shows,
            begins=signs[name].begins,
            x=x,
            y=MARGIN + level * (HEIGHT + GAP_Y),
        )
        for level, row in enumerate(rows)
        for name, x in zip(row, _places(len(row), width), strict=True)
    )
    height = 2 * MARGIN + len(rows) * (HEIGHT + GAP_Y) - GAP_Y
    return Drawing(boxes=boxes, ways=ways, width=width, height=height)


def _rows(signs: Mapping[str, Sign], ways: tuple[Way, ...], starts: Sequence[str]) -> list[list[str]]:
    """The boxes by their distance from the start, in the order in which one comes to them."""
    level: dict[str, int] = {}
    for entry in starts:
        if entry not in signs or entry in level:
            continue
        ahead = [entry]
        level[entry] = max(level.values(), default=-1) + 1
        for name in ahead:  # grows as it goes
            for way in ways:
                if way.origin == name and way.target not in level and way.target in signs:
                    level[way.target] = level[name] + 1
                    ahead.append(way.target)
    rows: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for name, row in level.items():
        rows[row].append(name)
    lost = [name for name in signs if name not in level]
    return [row for row in (*rows, lost) if row]


def _places(count: int, width: int) -> list[int]:
    left = (width - count * (WIDTH + GAP_X) + GAP_X) // 2
    return [left + number * (WIDTH + GAP_X) for number in range(count)]


def cut(text: str, room: int = 2 * SHOWN_MAX) -> str:
    """As much of a text as fits into so many places; a Chinese character takes two."""
    kept = ""
    for sign in text:
        room -= 1 if sign.isascii() else 2
        if room < 0:
            return f"{kept}…"
        kept += sign
    return kept


def to_svg(drawing: Drawing, types: Mapping[str, str], colours: Mapping[str, str]) -> str:
    """The diagram as a picture that stands for itself; `types` says what people call each type of box."""
    svg = Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {drawing.width} {drawing.height}",
        width=str(drawing.width),
        height=str(drawing.height),
    )
    SubElement(svg, "style").text = f"text{{font:13px {FONT};fill:#1f2933}}.by{{font-size:12px;fill:#52606d}}"
    _add_arrow_head(svg)
    SubElement(svg, "rect", width="100%", height="100%", fill="#ffffff")
    boxes = {box.name: box for box in drawing.boxes}
    origins: dict[str, list[Way]] = {}
    for way in drawing.ways:
        if way.target in boxes:
            origins.setdefault(way.origin, []).append(way)
    for name, ways in origins.items():
        for number, way in enumerate(ways):
            _add_way(svg, boxes[name], boxes[way.target], way.by, place=(number + 1, len(ways) + 1))
    for box in drawing.boxes:
        _add_box(svg, box, types.get(box.type, box.type), colours.get(box.type, PLAIN))
    return tostring(svg, encoding="unicode") + "\n"


def _add_arrow_head(svg: Element) -> None:
    marker = SubElement(
        SubElement(svg, "defs"),
        "marker",
        id="head",
        viewBox="0 0 8 8",
        refX="7",
        refY="4",
        markerWidth="8",
        markerHeight="8",
        orient="auto",
    )
    SubElement(marker, "path", d="M0,0 L8,4 L0,8 z", fill="#7b8794")


def _add_box(svg: Element, box: Box, kind: str, colour: str) -> None:
    group = SubElement(svg, "g", {"class": "node", "data-node": box.name})
    place = {"x": str(box.x), "y": str(box.y), "width": str(WIDTH), "height": str(HEIGHT), "rx": "8"}
    SubElement(group, "rect", {**place, "fill": colour, "stroke": "#9aa5b1"})
    title = SubElement(group, "text", x=str(box.x + 12), y=str(box.y + 26))
    title.text = f"{cut(box.name)} · {kind}" if kind else cut(box.name)
    SubElement(group, "text", x=str(box.x + 12), y=str(box.y + 48)).text = box.shows
    if box.begins:
        SubElement(
            group, "text", {"class": "by", "x": str(box.x), "y": str(box.y - 8)}
        ).text = f"▶ {box.begins}"


def _add_way(svg: Element, origin: Box, target: Box, by: str, *, place: tuple[int, int]) -> None:
    """From one of so many places at the lower edge to the upper edge; ways up go round by the side."""
    number, places = place
    x, y = origin.x + WIDTH * number / places, origin.y + HEIGHT
    to_x, to_y = target.x + WIDTH / 2, target.y
    bend = GAP_Y * 0.6
    if target.y > origin.y:
        line = f"M{x:.0f},{y} C{x:.0f},{y + bend:.0f} {to_x:.0f},{to_y - bend:.0f} {to_x:.0f},{to_y}"
    else:
        side = max(origin.x, target.x) + WIDTH + GAP_X / 2
        line = (
            f"M{x:.0f},{y} C{x:.0f},{y + bend:.0f} {side:.0f},{y + bend:.0f} {side:.0f},{(y + to_y) / 2:.0f}"
            f" S{to_x:.0f},{to_y - bend:.0f} {to_x:.0f},{to_y}"
        )
    style = {"fill": "none", "stroke": "#7b8794", "marker-end": "url(#head)"}
    path = SubElement(svg, "path", {"class": "way", "d": line, **style})
    if by:
        SubElement(path, "title").text = by
        shown = cut(by, 2 * SHOWN_MAX // places)
        SubElement(svg, "text", {"class": "by", "x": f"{x + 3:.0f}", "y": f"{y + 16}"}).text = shown
