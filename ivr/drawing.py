"""A flow as a diagram: nodes in rows by how far they are from the start, and the ways between them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from ivr.errand_nodes import Lookup, Sms, Ticket
from ivr.model import Flow
from ivr.nodes import Condition, Goto, Menu, Node, Queue, Subflow
from ivr.words import Language

WIDTH, HEIGHT = 200, 64
GAP_X, GAP_Y = 36, 76
MARGIN = 40
SHOWN_MAX = 12
"""Characters of Chinese that fit in a node; of other writing twice as many."""
COLOURS: Mapping[str, str] = {
    "say": "#e8f0fe",
    "menu": "#fff4d6",
    "collect": "#fff4d6",
    "listen": "#fff4d6",
    "queue": "#dff5e3",
    "voicemail": "#f3e8fd",
    "callback": "#dff5e3",
    "transfer": "#dff5e3",
    "hangup": "#fde4e1",
}
PLAIN = "#eef0f2"
"""Of nodes at which nobody hears anything."""
FONT = "'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif"
WAYS: Mapping[str, Mapping[Language, str]] = {
    "next": {"zh": "", "en": ""},
    "to": {"zh": "", "en": ""},
    "open": {"zh": "营业", "en": "open"},
    "closed": {"zh": "关闭", "en": "closed"},
    "otherwise": {"zh": "否则", "en": "otherwise"},
    "no_input": {"zh": "无输入", "en": "no input"},
    "wrong_input": {"zh": "输入有误", "en": "wrong input"},
    "region_known": {"zh": "已知地区", "en": "region known"},
    "full": {"zh": "已满", "en": "full"},
    "timeout": {"zh": "超时", "en": "timeout"},
    "found": {"zh": "查到", "en": "found"},
    "missing": {"zh": "查无", "en": "missing"},
    "unproven": {"zh": "待核实", "en": "unproven"},
    "failed": {"zh": "失败", "en": "failed"},
}
"""What a way is called; keys and conditions are shown as they are written."""
TYPES: Mapping[str, Mapping[Language, str]] = {
    "say": {"zh": "播报", "en": "say"},
    "menu": {"zh": "菜单", "en": "menu"},
    "collect": {"zh": "收号", "en": "collect"},
    "listen": {"zh": "聆听", "en": "listen"},
    "hours": {"zh": "时间", "en": "hours"},
    "set": {"zh": "赋值", "en": "set"},
    "condition": {"zh": "条件", "en": "condition"},
    "goto": {"zh": "跳转", "en": "goto"},
    "subflow": {"zh": "子流程", "en": "subflow"},
    "return": {"zh": "返回", "en": "return"},
    "lookup": {"zh": "查询", "en": "lookup"},
    "sms": {"zh": "短信", "en": "SMS"},
    "ticket": {"zh": "工单", "en": "ticket"},
    "progress": {"zh": "工单进度", "en": "progress"},
    "identify": {"zh": "识别会员", "en": "identify"},
    "queue": {"zh": "排队", "en": "queue"},
    "voicemail": {"zh": "留言", "en": "voicemail"},
    "callback": {"zh": "回拨", "en": "callback"},
    "transfer": {"zh": "外转", "en": "transfer"},
    "hangup": {"zh": "挂机", "en": "hangup"},
}


ENTRIES: Mapping[str, Mapping[Language, str]] = {
    "failed": {"zh": "节点出错时", "en": "when a node fails"},
    "hangup": {"zh": "来电者挂断后", "en": "after a hang-up"},
}
"""Ways into a flow beside its start, by the field that names the node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From one node to another; `by` is how callers come to go there."""

    origin: str
    target: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A node's place; x and y are those of its left upper corner."""

    name: str
    type: str
    shows: str
    x: int
    y: int
    begins: str = ""
    """On what occasion callers come here from anywhere; "" of a node to which only ways lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Where everything stands."""

    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]
    width: int
    height: int


def draw(flow: Flow, language: Language) -> Drawing:
    """The flow's diagram, with the words of one language."""
    ways = tuple(way for name, node in flow.nodes.items() for way in ways_of(name, node, language))
    rows = _rows(flow, ways)
    widest = max(len(row) for row in rows)
    width = 2 * MARGIN + widest * (WIDTH + GAP_X) - GAP_X
    boxes = tuple(
        _box(flow, name, language, x=x, y=MARGIN + level * (HEIGHT + GAP_Y))
        for level, row in enumerate(rows)
        for name, x in zip(row, _places(len(row), width), strict=True)
    )
    height = 2 * MARGIN + len(rows) * (HEIGHT + GAP_Y) - GAP_Y
    return Drawing(boxes=boxes, ways=ways, width=width, height=height)


def ways_of(name: str, node: Node, language: Language) -> Iterator[Way]:
    """Every way from a node, called in one language."""
    if isinstance(node, Menu):
        yield from (Way(origin=name, target=one.to, by=key) for key, one in node.options.items())
    if isinstance(node, Queue):
        yield from (Way(origin=name, target=target, by=key) for key, target in node.keys.items())
    if isinstance(node, Condition):
        yield from (Way(origin=name, target=case.to, by=case.when) for case in node.cases)
    for field, words in WAYS.items():
        target = getattr(node, field, None)
        if isinstance(target, str):
            yield Way(origin=name, target=target, by=words[language])


def _rows(flow: Flow, ways: tuple[Way, ...]) -> list[list[str]]:
    """The nodes by their distance from the start, in the order in which one comes to them."""
    level: dict[str, int] = {}
    for entry in (flow.head.start, flow.head.failed, flow.head.hangup):
        if entry is None or entry not in flow.nodes or entry in level:
            continue
        ahead = [entry]
        level[entry] = max(level.values(), default=-1) + 1
        for name in ahead:  # grows as it goes
            for way in ways:
                if way.origin == name and way.target not in level and way.target in flow.nodes:
                    level[way.target] = level[name] + 1
                    ahead.append(way.target)
    rows: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for name, row in level.items():
        rows[row].append(name)
    lost = [name for name in flow.nodes if name not in level]
    return [row for row in (*rows, lost) if row]


def _places(count: int, width: int) -> list[int]:
    left = (width - count * (WIDTH + GAP_X) + GAP_X) // 2
    return [left + number * (WIDTH + GAP_X) for number in range(count)]


def _box(flow: Flow, name: str, language: Language, *, x: int, y: int) -> Box:
    node = flow.nodes[name]
    begins = " · ".join(
        words[language] for field, words in ENTRIES.items() if getattr(flow.head, field) == name
    )
    return Box(name=name, type=node.type, shows=_shown(node, language), x=x, y=y, begins=begins)


def _shown(node: Node, language: Language) -> str:
    """The beginning of what is said, or what the node is about."""
    if isinstance(node, Queue | Goto | Subflow | Lookup):
        named = (getattr(node, field, None) for field in ("queue", "flow", "lookup"))
        return next((name for name in named if name), "")
    if isinstance(node, Sms | Ticket):
        words = node.message if isinstance(node, Sms) else node.title
        return _cut(words.get(language) or next(iter(words.values()), ""))
    text = getattr(node, "text", None) or {}
    speech = text.get(language) or next(iter(text.values()), ())
    return _cut(" ".join(phrase.words for phrase in speech))


def _cut(text: str, room: int = 2 * SHOWN_MAX) -> str:
    kept = ""
    for sign in text:
        room -= 1 if sign.isascii() else 2
        if room < 0:
            return f"{kept}…"
        kept += sign
    return kept


def to_svg(drawing: Drawing, language: Language) -> str:
    """The diagram as a picture that stands for itself."""
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
        _add_box(svg, box, language)
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


def _add_box(svg: Element, box: Box, language: Language) -> None:
    group = SubElement(svg, "g", {"class": "node", "data-node": box.name})
    place = {"x": str(box.x), "y": str(box.y), "width": str(WIDTH), "height": str(HEIGHT), "rx": "8"}
    SubElement(group, "rect", {**place, "fill": COLOURS.get(box.type, PLAIN), "stroke": "#9aa5b1"})
    kind = TYPES.get(box.type, {}).get(language, box.type)
    title = SubElement(group, "text", x=str(box.x + 12), y=str(box.y + 26))
    title.text = f"{_cut(box.name)} · {kind}"
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
        shown = _cut(by, 2 * SHOWN_MAX // places)
        SubElement(svg, "text", {"class": "by", "x": f"{x + 3:.0f}", "y": f"{y + 16}"}).text = shown
