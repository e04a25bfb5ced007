"""`hotline check-config`: what is set, with secrets masked, or what is wrong with it."""

import json
from typing import Annotated

import typer

from server.settings import WrongSettings, load_for_start

AsJson = Annotated[bool, typer.Option("--json", help="One object on standard output, nothing else.")]


def check_config(*, as_json: AsJson = False) -> None:
    """Print the settings that hold, or one sentence for each that cannot."""
    try:
        settings = load_for_start()
    except WrongSettings as error:
        if as_json:
            typer.echo(json.dumps({"errors": error.sentences}, ensure_ascii=False))
        for sentence in error.sentences:
            typer.echo(sentence, err=True)
        raise typer.Exit(1) from error
    effective = settings.model_dump(mode="json")
    effective["data_dir"] = str(settings.data)
    if as_json:
        typer.echo(json.dumps(effective, ensure_ascii=False))
        return
    for line in _lines(effective):
        typer.echo(line)


def _lines(values: dict[str, object], table: str = "") -> list[str]:
    """As `hotline.toml` would hold it: what has no value is left out, as TOML knows no nothing."""
    plain = [
        f"{key} = {_value(value)}"
        for key, value in values.items()
        if value is not None and not isinstance(value, dict)
    ]
    lines = ([f"\n[{table}]"] if table and plain else []) + plain
    for key, value in values.items():
        if isinstance(value, dict):
            lines += _lines(value, f"{table}.{key}" if table else key)
    return lines


def _value(value: object) -> str:
    match value:
        case list():
            return f"[{', '.join(_value(item) for item in value)}]"
        case dict():
            return f"{{{', '.join(f'{key} = {_value(item)}' for key, item in value.items())}}}"
        case _:
            return json.dumps(value, ensure_ascii=False)
