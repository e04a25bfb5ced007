"""What callers hear of menus: whether prompts come whole when many listen, and how soon answers are answered.

Everything is measured at the callers' ends, by the packets that reach them.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.machine import ProcessorTime, machine
from bench.measuring import percentile
from bench.menu_load import Answers, Arrivals, Listener, answer_again_and_again, listeners
from bench.routing import NotMeasured
from bench.trial_site import files_around, make_site
from kernel.ids import QueueId
from rig.customers import Caller, dial
from rig.instance import Instance
from rig.media import MediaClock
from speech.settings import SynthesisSettings
from speech.voices import Voices

NUMBER = "4000"
QUEUES: Mapping[QueueId, object] = {QueueId("bench"): {"name": {"zh": "测量", "en": "Measurement"}}}
"""Nobody comes to it, but a site has one."""
PARTS = ("asterisk", "server")
SPOKEN_MAX_MS, PRESSED_MAX_MS = 500.0, 100.0
GAP_MAX_MS = 60.0
"""A phone bridges two packets that come late, as a rule; three are heard."""
CALLERS_VOICE = "sit/cmn+m4"
WORDS_PER_MINUTE = 160
SAYINGS = ("投诉", "维修")
ALL_ANSWERED_WITHIN_S = 300.0
PROMPT = "欢迎致电，投诉请按1，维修请按2。"
OTHER_PROMPT = "请再说一次，投诉或者维修。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the measurement is."""

    listening: int = 100
    """Callers who hear a menu at any moment."""
    calls_per_s: float = 5.0
    seconds: float = 60.0
    answering: int = 10
    """Callers who answer at any moment, all at their own time."""
    rounds: int = 20
    """Answers of each, spoken and pressed in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What callers heard who only listened."""

    callers: int
    at_once: int
    calls_per_s: float
    packets: int
    gap_p50_ms: float
    gap_p99_9_ms: float
    gap_max_ms: float
    broken_calls: int
    """With a gap of more than `GAP_MAX_MS`."""
    lost_packets: int
    own_stall_max_ms: float
    """How late the measurement's own clock was at the worst: no gap is known better."""
    asterisk_processor_percent: float
    server_processor_percent: float
    """With its recognisers and voices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How soon callers heard the first sound of what followed their answer."""

    callers: int
    spoken: int
    spoken_p50_ms: float
    spoken_p95_ms: float
    pressed: int
    pressed_p50_ms: float
    pressed_p95_ms: float
    unanswered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All of it, of one run."""

    machine: dict[str, object]
    heard: Heard
    answered: Answered

    @property
    def holds(self) -> bool:
        """Whether it is as promised."""
        heard, answered = self.heard, self.answered
        return (
            heard.broken_calls == 0
            and answered.unanswered == 0
            and answered.spoken_p95_ms <= SPOKEN_MAX_MS
            and answered.pressed_p95_ms <= PRESSED_MAX_MS
        )

    def as_json(self) -> dict[str, object]:
        """As every benchmark is told to scripts."""
        return {
            "name": "ivr",
            "machine": self.machine,
            "rows": [asdict(self.heard), asdict(self.answered)],
            "holds": self.holds,
        }


async def measure(size: Size, models: Mapping[str, Path], say: Callable[[str], None]) -> Result:
    """Starts an installation, measures, and stops all that it started."""
    here = machine()
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        folder = Path(name)
        sayings = await _sayings(folder)
        say("starting a private installation …")
        settings = {
            f"HOTLINE_SPEECH__RECOGNITION__MODELS__{language.upper()}": str(path.absolute())
            for language, path in models.items()
        }
        instance = Instance(folder, settings)
        await make_site(instance.data, _files(size), {})
        clock = MediaClock()
        ticking = asyncio.create_task(clock.run())
        try:
            await instance.start()
            say(f"{size.answering} callers answer a menu …")
            answered = await _measure_answers(instance, clock, size, sayings)
            say(f"{size.listening} callers listen to a menu …")
            heard = await _measure_sound(folder, instance, clock, size)
        finally:
            ticking.cancel()
            await instance.stop()
    return Result(machine=here, heard=heard, answered=answered)


def _files(size: Size) -> dict[str, object]:
    """Two menus that lead to each other for ever, and one number for each kind of caller."""
    long = {"zh": PROMPT * 12}
    person = {"type": "voicemail", "text": {"zh": "请留言。"}}
    answering = {
        "start": "one",
        "languages": ["zh"],
        "nodes": {
            "one": _menu({"zh": PROMPT}, "two"),
            "two": _menu({"zh": OTHER_PROMPT}, "one"),
            "person": person,
        },
    }
    listening = {
        "start": "one",
        "languages": ["zh"],
        "nodes": {"one": _menu(long, "person"), "person": person},
    }
    numbers = {
        "timezone": "Asia/Shanghai",
        "numbers": {NUMBER: {"flow": "listening"}},
        "default": {"flow": "trial"},
    }
    files = files_around(answering, QUEUES, calls_max=2 * (size.listening + size.answering))
    return {**files, "numbers.yaml": numbers, "flows/listening.yaml": listening}


def _menu(text: dict[str, str], to: str) -> dict[str, object]:
    options = {key: {"to": to, "say": {"zh": saying}} for key, saying in zip("12", SAYINGS, strict=True)}
    return {"type": "menu", "text": text, "options": options, "timeout_s": 20, "otherwise": "person"}


async def _sayings(folder: Path) -> list[Path]:
    settings = SynthesisSettings(voices={"zh": CALLERS_VOICE}, words_per_minute=WORDS_PER_MINUTE, workers=1)
    async with Voices(settings, folder / "callers") as voice:
        return [await voice.render(text, "zh") for text in SAYINGS]


async def _measure_answers(
    instance: Instance, clock: MediaClock, size: Size, sayings: Sequence[Path]
) -> Answered:
    found, trunk = Answers(), instance.trunk
    customers = [
        await dial((clock, trunk), Caller(number=f"138{number:08}"), to="4001", tone_hz=None, patience_s=600)
        for number in range(size.answering)
    ]
    try:
        async with asyncio.timeout(ALL_ANSWERED_WITHIN_S), asyncio.TaskGroup() as tasks:
            for one in customers:
                tasks.create_task(answer_again_and_again(one, sayings, "1", found, size.rounds))
    except TimeoutError as error:
        raise NotMeasured(f"the answers took more than {ALL_ANSWERED_WITHIN_S:.0f} s") from error
    finally:
        for one in customers:
            await one.hang_up()
    if not (found.spoken_ms and found.pressed_ms):
        raise NotMeasured("no answer was answered")
    return Answered(
        callers=size.answering,
        spoken=len(found.spoken_ms),
        spoken_p50_ms=round(percentile(found.spoken_ms, 0.5)),
        spoken_p95_ms=round(percentile(found.spoken_ms, 0.95)),
        pressed=len(found.pressed_ms),
        pressed_p50_ms=round(percentile(found.pressed_ms, 0.5)),
        pressed_p95_ms=round(percentile(found.pressed_ms, 0.95)),
        unanswered=found.unanswered,
    )


async def _measure_sound(folder: Path, instance: Instance, clock: MediaClock, size: Size) -> Heard:
    stay_s = size.listening / size.calls_per_s
    count = round(size.calls_per_s * size.seconds)
    clock.longest_stall_s = 0.0
    most = 0
    arrivals = Arrivals(to=NUMBER, count=count, per_s=size.calls_per_s, at_once=size.listening, stay_s=stay_s)
    async with listeners(folder / "listeners", instance.trunk, clock, arrivals) as (found, are_gone):
        await asyncio.sleep(stay_s)
        processors = ProcessorTime({part: instance.pid(part) for part in PARTS})
        give_up_at_s = time.monotonic() + size.seconds + 2 * stay_s + 30
        percent = processors.percent()
        while not are_gone() and time.monotonic() < give_up_at_s:
            await asyncio.sleep(1)
            now = time.monotonic()
            on_line = sum(1 for one in found if one.end.heard and now - one.end.heard[-1][0] < 1)
            if on_line >= most:
                most, percent = on_line, processors.percent()
    return _heard(found, most, size, percent, clock.longest_stall_s)


def _heard(
    found: Sequence[Listener], most: int, size: Size, percent: Mapping[str, float], stall_s: float
) -> Heard:
    gaps = [one.gaps_ms() for one in found if one.end.heard]
    every = [gap for one in gaps for gap in one]
    if not every:
        raise NotMeasured("no caller heard anything")
    return Heard(
        callers=len(gaps),
        at_once=most,
        calls_per_s=size.calls_per_s,
        packets=len(every) + len(gaps),
        gap_p50_ms=round(percentile(every, 0.5), 1),
        gap_p99_9_ms=round(percentile(every, 0.999), 1),
        gap_max_ms=round(max(every), 1),
        broken_calls=sum(max(one, default=0.0) > GAP_MAX_MS for one in gaps),
        lost_packets=sum(one.lost_packets for one in found),
        own_stall_max_ms=round(1_000 * stall_s, 1),
        asterisk_processor_percent=round(percent["asterisk"], 1),
        server_processor_percent=round(percent["server"], 1),
    )
