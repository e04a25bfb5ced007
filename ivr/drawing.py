"""A flow as a diagram: its nodes, and the ways between them. Pure."""

from collections.abc import Iterator, Mapping

from ivr.errand_nodes import Lookup, Sms, Ticket
from ivr.model import Flow
from ivr.nodes import Condition, Goto, Menu, Node, Queue, Subflow
from ivr.words import Language
from kernel import diagram
from kernel.diagram import Drawing, Sign, Way, arranged, cut

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


def draw(flow: Flow, language: Language) -> Drawing:
    """The flow's diagram, with the words of one language."""
    ways = tuple(way for name, node in flow.nodes.items() for way in ways_of(name, node, language))
    signs = {name: _sign(flow, name, language) for name in flow.nodes}
    starts = (flow.head.start, flow.head.failed, flow.head.hangup)
    return arranged(signs, ways, [start for start in starts if start is not None])


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


def _sign(flow: Flow, name: str, language: Language) -> Sign:
    node = flow.nodes[name]
    begins = " · ".join(
        words[language] for field, words in ENTRIES.items() if getattr(flow.head, field) == name
    )
    return Sign(type=node.type, shows=_shown(node, language), begins=begins)


def _shown(node: Node, language: Language) -> str:
    """The beginning of what is said, or what the node is about."""
    if isinstance(node, Queue | Goto | Subflow | Lookup):
        named = (getattr(node, field, None) for field in ("queue", "flow", "lookup"))
        return next((name for name in named if name), "")
    if isinstance(node, Sms | Ticket):
        words = node.message if isinstance(node, Sms) else node.title
        return cut(words.get(language) or next(iter(words.values()), ""))
    text = getattr(node, "text", None) or {}
    speech = text.get(language) or next(iter(text.values()), ())
    return cut(" ".join(phrase.words for phrase in speech))


def to_svg(drawing: Drawing, language: Language) -> str:
    """The diagram as a picture that stands for itself."""
    return diagram.to_svg(drawing, {type_: words[language] for type_, words in TYPES.items()}, COLOURS)
