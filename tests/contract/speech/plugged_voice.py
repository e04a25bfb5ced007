"""A voice as a company may plug it in, and what can go wrong with it: `plugged_voice.py TEXT_FILE OUT_WAV`.

What it does stands in the file `manner` beside it, so that a test can change it; each text that it is asked
for becomes a line in `asked`.
"""

import array
import math
import os
import signal
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
RATE = 44_100


def tone(path: Path, *, seconds: float = 1.0, level: int = 3_000, silence_s: float = 0.5) -> None:
    """Stereo, with silence before and after, and a tone whose pitch tells it from any voice."""
    silence = [0] * int(RATE * silence_s) * 2
    sound = [
        int(level * math.sin(2 * math.pi * 600 * (i // 2) / RATE)) for i in range(int(RATE * seconds) * 2)
    ]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array.array("h", silence + sound + silence).tobytes())


def _clip(path: Path) -> None:
    loud = array.array("h", [32_767 if i // 40 % 2 else -32_768 for i in range(RATE)])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(loud.tobytes())


def _fail(_out: Path) -> None:
    sys.exit("no licence for this voice")


def _hang(_out: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    (HERE / "pids.new").write_text(f"{os.getpid()} {child.pid}", encoding="utf-8")
    (HERE / "pids.new").rename(HERE / "pids")
    signal.pause()


def _fill_the_disk(out: Path) -> None:
    with out.open("wb") as file:
        while True:
            file.write(b"\0" * 1_000_000)


def _eat_memory(out: Path) -> None:
    hoard = [bytearray(64_000_000) for _ in range(1_000)]
    tone(out, seconds=len(hoard))


MANNERS: dict[str, Callable[[Path], object]] = {
    "speaks": tone,
    "fails": _fail,
    "hangs": _hang,
    "silence": lambda out: tone(out, level=0),
    "distorted": _clip,
    "too short": lambda out: tone(out, seconds=0.02, silence_s=0),
    "rubbish": lambda out: out.write_bytes(b"rubbish" * 10_000),
    "empty": lambda out: out.touch(),
    "page": lambda out: out.write_text("<html>please sign in</html>", encoding="utf-8"),
    "fills the disk": _fill_the_disk,
    "eats memory": _eat_memory,
    "nothing": lambda _out: None,
}


def main() -> None:
    text, out = Path(sys.argv[1]), Path(sys.argv[2])
    with (HERE / "asked").open("a", encoding="utf-8") as asked:
        asked.write(text.read_text(encoding="utf-8") + "\n")
    MANNERS[(HERE / "manner").read_text(encoding="utf-8")](out)


if __name__ == "__main__":
    main()
