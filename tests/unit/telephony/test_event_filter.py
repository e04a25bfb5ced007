import re

from telephony.asterisk.render import TEMPLATES
from telephony.asterisk.translate import Translator


def test_asterisk_is_asked_for_exactly_the_events_that_are_read() -> None:
    manager = (TEMPLATES / "manager.conf").read_text(encoding="utf-8")
    assert set(re.findall(r"^eventfilter\(name\((\w+)\)\) =$", manager, re.MULTILINE)) == Translator({}).reads
