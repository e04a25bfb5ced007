"""`hotline tickets`: what is read out of texts, and how well they are sorted."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from infra.last_good import LastGood
from kernel.errors import InvalidInput
from kernel.text import harmless
from server.settings import Settings, load_settings
from tickets.classifier import Example
from tickets.classifier_score import Measured, measure
from tickets.reading.reader import Circumstances, read
from tickets.reading.rules import NO_RULES, ReadingRules
from tickets.reading.rules_file import parse_reading

app = typer.Typer(no_args_is_help=True, help="Tickets: read a text, score a classifier.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object and nothing else.")]

BYTES_MAX = 10_000_000
"""Of one file; what is learned from it is held in memory a hundred times over."""
LABELS_MAX = 100


@app.command("classify")
def classify(
    *,
    train: Annotated[Path, typer.Option(help="Texts to learn from: lines of label, tab, text.")],
    test: Annotated[Path, typer.Option(help="Texts to judge, written likewise.")],
    each: Annotated[bool, typer.Option("--each", help="Show each text with its verdict.")] = False,
    as_json: AsJson = False,
) -> None:
    """Learns from labelled texts, judges others, and compares with their labels."""
    known = _examples(train)
    labels = len({example.label for example in known})
    if labels < 2:
        raise InvalidInput(f"{train}: texts of at least two labels are needed, and there is one")
    if labels > LABELS_MAX:
        raise InvalidInput(f"{train}: there are {labels} labels, and {LABELS_MAX} are the most")
    found = measure(known, _examples(test))
    if as_json:
        typer.echo(json.dumps(_as_json(found, each=each), ensure_ascii=False))
    else:
        typer.echo("\n".join(_lines(found, each=each)))


@app.command("read")
def read_(
    text: Annotated[str, typer.Argument(help="What somebody said.")],
    *,
    rules: Annotated[Path | None, typer.Option(help="A reading.yaml; by itself the site's.")] = None,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When it was said.")] = None,
    as_json: AsJson = False,
) -> None:
    """Shows what a ticket would be told of a text, by which words, and how sure that is."""
    settings = load_settings()
    said_on = day or datetime.now(ZoneInfo(settings.tickets.timezone))
    known = Circumstances(day=said_on.date(), region=settings.customers.home_region)
    found = read(text, _rules(rules, settings), known)
    if as_json:
        typer.echo(json.dumps({"findings": [asdict(one) for one in found]}, ensure_ascii=False))
        return
    for one in found:
        said = ", ".join(words.text for words in one.words) or "-"
        typer.echo(harmless(f"{one.field:<9} {one.confidence:.2f} {one.value:<22} {said}"))


def _rules(file: Path | None, settings: Settings) -> ReadingRules:
    """Those of the file; a site without any has none, and what needs none is read all the same."""
    if file is None and not settings.places.reading.exists():
        return NO_RULES
    return LastGood(file or settings.places.reading, kept=None, parse=parse_reading).at_start()


def _examples(file: Path) -> list[Example]:
    examples = []
    for number, line in enumerate(_text_of(file).split("\n"), start=1):
        if not line.strip():
            continue
        label, _, text = (part.strip() for part in line.partition("\t"))
        if "\t" not in line:
            raise InvalidInput(f"{file}:{number}: a tab is missing between the label and the text")
        if not label or not text:
            raise InvalidInput(f"{file}:{number}: the {'text' if label else 'label'} is missing")
        examples.append(Example(label=label, text=text))
    if not examples:
        raise InvalidInput(f"{file}: there is no text in it")
    return examples


def _text_of(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(BYTES_MAX + 1)
        if len(content) > BYTES_MAX:
            raise InvalidInput(f"{file} is larger than {BYTES_MAX} bytes")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} cannot be read: it is not UTF-8") from error


def _as_json(found: Measured, *, each: bool) -> dict[str, Any]:
    shown = {
        "accuracy": found.accuracy,
        "majority_accuracy": found.majority_accuracy,
        "by_class": {label: asdict(one) for label, one in found.by_class.items()},
        "coverage": [asdict(one) for one in found.coverage],
    }
    if each:
        shown["texts"] = [
            {"text": example.text, "label": example.label, "verdict": asdict(verdict)}
            for example, verdict in found.verdicts
        ]
    return shown


def _lines(found: Measured, *, each: bool) -> list[str]:
    of_all = f"{found.accuracy:.1%} of {len(found.verdicts)} texts"
    lines = [
        f"right: {of_all} (the commonest label for all: {found.majority_accuracy:.1%})",
        "",
        "learned  judged   found  precise  label",
    ]
    for label, one in found.by_class.items():
        accuracy, precision = _percent(one.accuracy), _percent(one.precision)
        lines.append(f"{one.trained:>7} {one.tested:>7} {accuracy:>7} {precision:>8}  {harmless(label)}")
    lines += ["", "sure by  judged   right"]
    lines += [
        f"{one.threshold:>7.2f} {one.share:>7.1%} {_percent(one.accuracy):>7}" for one in found.coverage
    ]
    if each:
        lines.append("")
    for example, verdict in found.verdicts if each else ():
        mark = " " if example.label == verdict.label else "!"
        reasons = ", ".join(verdict.reasons) or "-"
        said = f"{mark} {verdict.confidence:.2f} {verdict.label} ({reasons})\t{example.label}\t{example.text}"
        lines.append(harmless(said))
    return lines


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
