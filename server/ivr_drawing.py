"""`hotline ivr draw`: a flow, or a workflow of tickets, as a diagram."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ivr.drawing import draw, to_svg
from ivr.words import Language
from kernel.diagram import Drawing
from server.ivr_files import (
    Json,
    Site,
    current_settings,
    engine_for,
    refuse,
    refuse_broken,
    site_for,
    unreadable,
)
from server.settings import Settings
from server.workflow_files import drawn, is_workflow


class Shown(StrEnum):
    """The languages in which a diagram can be drawn."""

    ZH = "zh"
    EN = "en"


def draw_flow(
    file: Annotated[Path, typer.Argument(help="A flow, or a file of the folder workflows.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write the SVG; by itself it is printed.")] = None,
    lang: Annotated[Shown, typer.Option(help="Whose texts are shown.")] = Shown.ZH,
    site: Site = None,
    as_json: Json = False,
) -> None:
    """Draws a flow or a workflow as SVG: its nodes or steps, and the ways between them."""
    settings = current_settings()
    language: Language = "en" if lang is Shown.EN else "zh"
    drawing, svg = _drawn(file, site_for(file, site, settings), settings, language)
    if out is not None:
        try:
            out.write_text(svg, encoding="utf-8")
        except OSError as error:
            refuse(unreadable(error))
    if as_json:
        typer.echo(json.dumps({**asdict(drawing), "svg": svg}, ensure_ascii=False))
    elif out is None:
        typer.echo(svg, nl=False)


def _drawn(file: Path, site: Path, settings: Settings, language: Language) -> tuple[Drawing, str]:
    if not is_workflow(file):
        engine, _ = engine_for(file, site, settings.ivr)
        drawing = draw(engine.flows.first, language)
        return drawing, to_svg(drawing, language)
    try:
        found = drawn(file, site, language, settings.ivr)
    except OSError as error:
        refuse(unreadable(error))
    return refuse_broken(file, found) if isinstance(found, list) else found
