"""`hotline ivr draw`: a flow as a diagram."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ivr.drawing import draw, to_svg
from ivr.words import Language
from server.ivr_files import Json, Site, current_settings, engine_for, refuse, site_for, unreadable


class Shown(StrEnum):
    """The languages in which a diagram can be drawn."""

    ZH = "zh"
    EN = "en"


def draw_flow(
    file: Annotated[Path, typer.Argument(help="A flow.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write the SVG; by itself it is printed.")] = None,
    lang: Annotated[Shown, typer.Option(help="Whose texts are shown.")] = Shown.ZH,
    site: Site = None,
    as_json: Json = False,
) -> None:
    """Draws a flow as SVG: its nodes, and the ways between them."""
    settings = current_settings()
    language: Language = "en" if lang is Shown.EN else "zh"
    engine, _ = engine_for(file, site_for(file, site, settings), settings.ivr)
    drawing = draw(engine.flows.first, language)
    svg = to_svg(drawing, language)
    if out is not None:
        try:
            out.write_text(svg, encoding="utf-8")
        except OSError as error:
            refuse(unreadable(error))
    if as_json:
        typer.echo(json.dumps({**asdict(drawing), "svg": svg}, ensure_ascii=False))
    elif out is None:
        typer.echo(svg, nl=False)
