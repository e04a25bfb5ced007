"""The prompts that a caller may hear, as files, so that they can be told apart in what was heard."""

from collections.abc import Mapping
from pathlib import Path

from ivr.prompts import named_ahead
from ivr.site import Site, SiteFiles
from ivr.texts import FOR_AGENTS
from server.settings import Settings
from speech.voices import Voices


async def site_prompts(
    settings: Settings, synthesiser: Voices, dialled: str
) -> Mapping[Path, tuple[str, ...]]:
    """The ids by file of what callers of this number may hear: prompts with the same words sound alike."""
    files = SiteFiles(settings.places.site, settings.ivr)
    files.refresh()
    found: dict[Path, tuple[str, ...]] = {}
    for flow in flows_behind(files.site, dialled):
        for name, prompt in named_ahead(files.site.flows[flow]):
            if is_for_callers(name):
                recorded = files.site.recordings.get((prompt.language, prompt.recording))
                file = recorded or await synthesiser.render(prompt.text, prompt.language, has_time=True)
                found[file] = (*found.get(file, ()), name)
    return found


def is_for_callers(name: str) -> bool:
    """Whether callers may hear a prompt. What agents are told has words of menus in it, and sounds alike."""
    kind, _, rest = name.partition("/")
    return kind != "system" or rest.partition("/")[0] not in FOR_AGENTS


def flows_behind(site: Site, dialled: str) -> list[str]:
    """The flow that a number leads to; where it leads nowhere, all of them, for what each may say."""
    rule = site.numbers.rule_for(dialled)
    return [rule.flow] if rule and rule.flow in site.flows else list(site.flows)
