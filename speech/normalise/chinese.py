"""Chinese text for the voice."""

from speech.normalise.chinese_amounts import MEASURES, MONEY, NUMBERS
from speech.normalise.chinese_moments import BLANKS, MOMENTS
from speech.normalise.chinese_names import CODES, SIGNS, TELEPHONES
from speech.normalise.rules import apply, tidy
from speech.normalise.signs import plain

_RULES = BLANKS + TELEPHONES + MOMENTS + MONEY + MEASURES + CODES + NUMBERS + SIGNS


def normalise_chinese(text: str) -> str:
    """Figures as Chinese words."""
    return tidy(apply(_RULES, plain(text)))
