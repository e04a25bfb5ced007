"""Refusals of voice menus."""

from kernel.errors import HotlineError


class BrokenSiteFile(HotlineError):
    """A flow, calendar or number file has errors; `./hotline ivr check FILE` lists them."""

    code = "broken_site_file"
