"""One flow for each kind of node: what troubles are tried at, without a switch and on a live one.

Who adds a kind of node adds its flow here; `test_node_troubles.py` fails until then.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.ivr.scripted import EXAMPLE

AFTER = """\
  after:
    type: menu
    text: {zh: 请按1、2或3。, en: "Press 1, 2 or 3."}
    options: {"1": person, "2": bye, "3": message}
    timeout_s: 1
  person: {type: queue, queue: sales}
  message: {type: voicemail, text: {zh: 请留言。, en: Please leave a message.}}
  bye: {type: hangup, text: {zh: 再见。, en: Goodbye.}}
"""
"""What stands behind each node that is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A kind of node at the start of a flow."""

    node: str
    """As YAML."""
    stays: bool = False
    """Whether callers are there for a time, who may leave and whose server may die meanwhile."""
    keys: tuple[str, ...] = ("1",)
    """What a caller presses who goes through it, and behind it."""
    tail: str = AFTER
    """The nodes behind it."""
    beside: str = ""
    """Other parts of the flow."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Other flows."""


_ELSEWHERE = {"elsewhere": "start: after\nnodes:\n" + AFTER}
_THERE_AND_BACK = {"elsewhere": "start: back\nnodes:\n  back: {type: return}\n"}

TRIALS: Mapping[str, Trial] = {  # by kind of node; behind a slash, with what is chosen there
    "say": Trial(node="{type: say, text: {zh: 您好。, en: Hello.}, next: after}"),
    "menu": Trial(
        node='{type: menu, text: {zh: 请按1。, en: Press 1.}, options: {"1": after}, timeout_s: 1}',
        stays=True,
        keys=("1", "1"),
    ),
    "collect": Trial(
        node="{type: collect, text: {zh: 请输入号码。, en: Your number.}, into: typed, max_digits: 1,"
        " next: after, timeout_s: 1}",
        beside="variables: {typed: {type: digits}}\n",
        stays=True,
        keys=("1", "1"),
    ),
    "listen": Trial(
        node="{type: listen, text: {zh: 请说。, en: Please speak.}, into: said, next: after,"
        " otherwise: after, timeout_s: 1}",
        beside="variables: {said: {type: text}}\n",
    ),
    "hours": Trial(node="{type: hours, calendar: office, open: after, closed: message}"),
    "set": Trial(
        node="{type: set, values: {count: count + 1}, next: after}",
        beside="variables: {count: {type: number, value: 1}}\n",
    ),
    "condition": Trial(node="{type: condition, cases: [{if: 'true', to: after}], otherwise: bye}"),
    "goto": Trial(node="{type: goto, flow: elsewhere}", tail="", others=_ELSEWHERE),
    "subflow": Trial(node="{type: subflow, flow: elsewhere, next: after}", others=_THERE_AND_BACK),
    "return": Trial(node="{type: subflow, flow: elsewhere, next: after}", others=_THERE_AND_BACK),
    "lookup": Trial(
        node="{type: lookup, lookup: warranty, text: {zh: 正在为您查询。, en: Let me see.},"
        " give: {serial: \"'8800123'\"}, found: bye, failed: after}",
    ),
    "sms": Trial(node="{type: sms, message: {zh: 您好。, en: Hello.}, next: bye, failed: after}"),
    "progress": Trial(
        node="{type: progress, text: {zh: 正在为您查询。, en: Let me see.}, found: bye, failed: after}"
    ),
    "identify": Trial(
        node="{type: identify, member: \"'80010019'\", text: {zh: 正在为您查询。, en: Let me see.},"
        " found: bye, failed: after}"
    ),
    "ticket": Trial(
        node="{type: ticket, ticket: complaint, title: {zh: 投诉, en: Complaint}, next: bye, failed: after}"
    ),
    "queue": Trial(
        node='{type: queue, queue: sales, text: {zh: 请稍候。, en: One moment.}, keys: {"5": after}}',
        stays=True,
    ),
    "voicemail": Trial(
        node="{type: voicemail, text: {zh: 请留言。, en: Please speak.}, next: after}", stays=True
    ),
    "voicemail/reviewed": Trial(
        node="{type: voicemail, text: {zh: 请留言。, en: Please speak.}, next: after, review: true}",
        stays=True,
        keys=("3", "2", "1", "1"),
    ),
    "callback": Trial(
        node="{type: callback, queue: sales, text: {zh: 我们可以给您回拨。, en: We can call you.},"
        " otherwise: after}",
        stays=True,
    ),
    "transfer": Trial(
        node="{type: transfer, expert: zhao, queue: sales, text: {zh: 请稍候。, en: One moment.},"
        " otherwise: after}",
        stays=True,
    ),
    "hangup": Trial(node="{type: hangup, text: {zh: 再见。, en: Goodbye.}}", tail=""),
}


def write_site(site: Path, numbers: Mapping[str, str]) -> Path:
    """A site in which each of these numbers leads to the trial of one kind of node."""
    shutil.copytree(EXAMPLE, site)
    shutil.rmtree(site / "flows")
    (site / "flows").mkdir()
    led = []
    for number, kind in numbers.items():
        trial, name = TRIALS[kind], f"try-{kind.replace('/', '-')}"
        _write(site, name, f"start: tried\n{trial.beside}nodes:\n  tried: {trial.node}\n{trial.tail}")
        for other, text in trial.others.items():
            _write(site, f"{name}-{other}", text)
        led.append(f'  "{number}": {{flow: {name}}}\n')
    (site / "numbers.yaml").write_text("numbers:\n" + "".join(led), encoding="utf-8")
    return site


def _write(site: Path, name: str, text: str) -> None:
    first = name.removesuffix("-elsewhere")
    text = text.replace("flow: elsewhere", f"flow: {first}-elsewhere")
    (site / "flows" / f"{name}.yaml").write_text(text, encoding="utf-8")
