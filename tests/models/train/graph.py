"""The decoding graph: how words are made of phones, and which words follow each other.

Look-ahead layout: `HCLr.fst` (phones to words) and `Gr.fst` (words), joined by the recogniser
while it decodes. It stays small, and allows grammars at run time.
"""

import math
import os
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

from corpus import SILENCE, Lexicon, Pronunciation, sentences, words

POSITIONS = (("_B", "begin"), ("_E", "end"), ("_I", "internal"), ("_S", "singleton"))
_BACK_OFF = "<back-off>"
_HALF = math.log(2)
_LIKELY_PAIRS_SHARE = 0.4
"""How much of the probability after a word goes to pairs seen in the sentences; the rest is spread
evenly over the whole vocabulary, so that words in any order are understood."""


class PhoneTable:
    """Numbers of phones by their place in a word, and of their transitions; silence is 1."""

    def __init__(self, phones: list[str]) -> None:
        marked = [SILENCE, *(phone + mark for phone in phones[1:] for mark, _ in POSITIONS)]
        self.numbers = {name: index + 1 for index, name in enumerate(marked)}
        self.kinds = ["nonword", *(kind for _ in phones[1:] for _, kind in POSITIONS)]
        self.outputs = [0, *(index for index in range(1, len(phones)) for _ in POSITIONS)]
        """Which output of the network belongs to each."""

    def loop(self, phone: str) -> int:
        """The transition that stays in the phone."""
        return 2 * self.numbers[phone] - 1

    def enter(self, phone: str) -> int:
        """The transition into the next phone."""
        return 2 * self.numbers[phone]

    def disambiguation(self) -> int:
        """A number beyond all transitions."""
        return 2 * len(self.numbers) + 1


class Fst:
    """A graph in the text form of OpenFst."""

    def __init__(self) -> None:
        self._states = 0
        self._arcs: list[tuple[int, int, int, int, float]] = []
        self._final: dict[int, float] = {}

    def state(self) -> int:
        """A new state."""
        self._states += 1
        return self._states - 1

    def arc(self, start: int, end: int, heard: int = 0, said: int = 0, cost: float = 0.0) -> None:
        """An arc; labels of 0 are empty."""
        self._arcs.append((start, end, heard, said, cost))

    def finish(self, state: int, cost: float = 0.0) -> None:
        """Allows to end here."""
        self._final[state] = cost

    def text(self) -> bytes:
        """With the arcs of state 0, the start, first."""
        arcs = sorted(self._arcs, key=lambda arc: arc[0])
        lines = [f"{start} {end} {heard} {said} {cost:.5f}" for start, end, heard, said, cost in arcs]
        lines += [f"{state} {cost:.5f}" for state, cost in self._final.items()]
        return ("\n".join(lines) + "\n").encode()


def write_graph(folder: Path, language: str, lexicon: Lexicon, table: PhoneTable) -> None:
    """Writes all that the recogniser reads from `graph/`."""
    (folder / "phones").mkdir(parents=True, exist_ok=True)
    vocabulary = sorted(words(language))
    numbers = {word: index + 1 for index, word in enumerate(vocabulary)}
    speech = _speech(vocabulary, numbers, lexicon, table)
    pairs_file = folder / "relabel"
    sorted_speech = _run(["fstarcsort", "--sort_type=olabel"], _run(["fstcompile"], speech.text()))
    convert = ["fstconvert", "--fst_type=olabel_lookahead", f"--save_relabel_opairs={pairs_file}"]
    (folder / "HCLr.fst").write_bytes(_run(convert, sorted_speech))
    moved = dict(map(int, line.split()) for line in pairs_file.read_text().splitlines())
    pairs_file.unlink()
    numbers = {word: moved.get(number, number) for word, number in numbers.items()}
    compiled = _run(["fstcompile"], _language(language, numbers).text())
    compiled = _run(["fstarcsort", "--sort_type=ilabel"], compiled)
    (folder / "Gr.fst").write_bytes(_run(["fstconvert", "--fst_type=const"], compiled))
    (folder / "disambig_tid.int").write_text(f"{table.disambiguation()}\n")
    (folder / "words.txt").write_text(_word_table(numbers), encoding="utf-8")
    boundaries = "".join(f"{index + 1} {kind}\n" for index, kind in enumerate(table.kinds))
    (folder / "phones" / "word_boundary.int").write_text(boundaries)


def _word_table(numbers: dict[str, int]) -> str:
    special = {"<eps>": 0}
    for offset, name in enumerate(("#0", "<s>", "</s>"), start=1):
        special[name] = max(numbers.values()) + offset
    return "".join(f"{word} {n}\n" for word, n in sorted((special | numbers).items(), key=lambda x: x[1]))


def _speech(vocabulary: list[str], numbers: dict[str, int], lexicon: Lexicon, table: PhoneTable) -> Fst:
    """Any words in a loop; at the start and after each word at most one silence.

    Were silence a loop of its own, a long one could be cut up in countless ways, and the
    recogniser would weigh them all.
    """
    fst = Fst()
    start, loop, pause = fst.state(), fst.state(), fst.state()
    fst.finish(loop)
    fst.arc(start, loop)
    fst.arc(start, pause)
    fst.arc(_enter(fst, table, pause, SILENCE, cost=_HALF), loop)
    for word in vocabulary:
        for pronunciation, share in lexicon.pronunciations(word):
            state = loop
            for index, phone in enumerate(_marked(pronunciation)):
                first = index == 0
                said, cost = (numbers[word], -math.log(share)) if first else (0, 0.0)
                state = _enter(fst, table, state, phone, said=said, cost=cost)
            fst.arc(state, loop)
            fst.arc(state, pause)
    return fst


def _enter(fst: Fst, table: PhoneTable, state: int, phone: str, *, said: int = 0, cost: float = 0.0) -> int:
    """One phone: the arc into it, then the loop (the order that Kaldi calls reordered)."""
    entered = fst.state()
    fst.arc(state, entered, table.enter(phone), said, cost + _HALF)
    fst.arc(entered, entered, table.loop(phone), 0, _HALF)
    return entered


def _marked(pronunciation: Pronunciation) -> list[str]:
    if len(pronunciation) == 1:
        return [pronunciation[0] + "_S"]
    first, *middle, last = pronunciation
    return [first + "_B", *(phone + "_I" for phone in middle), last + "_E"]


def _language(language: str, numbers: dict[str, int]) -> Fst:
    """Pairs of words as the sentences have them, over an even chance for every word."""
    pairs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences(language):
        for before, after in zip(["<s>", *sentence], sentence, strict=False):
            pairs[before][after] += 1
    fst = Fst()
    histories = ["<s>", *sorted(numbers), _BACK_OFF]
    states = {history: fst.state() for history in histories}
    even = math.log(len(numbers))
    for history in histories[:-1]:
        state, after = states[history], pairs[history]
        fst.finish(state)
        fst.arc(state, states[_BACK_OFF], cost=-math.log(1 - _LIKELY_PAIRS_SHARE) if after else 0.0)
        for word, count in after.items():
            cost = -math.log(_LIKELY_PAIRS_SHARE * count / after.total())
            fst.arc(state, states[word], numbers[word], numbers[word], cost)
    for word, number in numbers.items():
        fst.arc(states[_BACK_OFF], states[word], number, number, even)
    return fst


def _run(command: list[str], given: bytes) -> bytes:
    plugin = next(
        Path("/usr/lib").glob("*/fst/*/olabel_lookahead-fst.so")
    )  # Debian doesn't put it on the path
    environment = os.environ | {"LD_LIBRARY_PATH": str(plugin.parent)}
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True, env=environment).stdout
