"""The prompts that a site may play, as files, so that they can be told apart in what was heard."""

from pathlib import Path

from ivr.prompts import named_ahead
from ivr.site import SiteFiles
from server.settings import Settings
from speech.espeak import EspeakSynthesiser


async def site_prompts(settings: Settings, synthesiser: EspeakSynthesiser) -> dict[str, Path]:
    """Files by prompt id; of several prompts with the same words, the first names them all."""
    files = SiteFiles(settings.places.site, settings.ivr)
    files.refresh()
    found: dict[Path, str] = {}
    for flow in files.site.flows.values():
        for name, prompt in named_ahead(flow):
            found.setdefault(await synthesiser.render(prompt.text, prompt.language), name)
    return {name: path for path, name in found.items()}
