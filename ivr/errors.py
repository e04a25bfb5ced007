"""Refusals of voice menus."""

from kernel.errors import HotlineError


class BrokenSiteFile(HotlineError):
    """A flow, calendar or number file has errors; `./hotline ivr check FILE` lists them."""

    code = "broken_site_file"


class PromptUnavailable(HotlineError):
    """The speech engine did not give a prompt in time; the call goes on without it."""

    code = "prompt_unavailable"
