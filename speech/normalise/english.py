"""English text for the voice."""

from speech.normalise.chinese_moments import BLANKS
from speech.normalise.english_amounts import IN_FULL, MEASURES, MONEY, NUMBERS
from speech.normalise.english_moments import MOMENTS, YEARS
from speech.normalise.english_names import CODES, SIGNS, TELEPHONES
from speech.normalise.pinyin import romanise
from speech.normalise.rules import Rule, apply, rule, tidy
from speech.normalise.signs import plain

_TO: tuple[Rule, ...] = (rule(r"(?<=[\d%℃元日号点月年])[到至](?=-?\d)", " to "),)
_RULES = BLANKS + IN_FULL + _TO + TELEPHONES + MOMENTS + MONEY + MEASURES + CODES + YEARS + NUMBERS + SIGNS


def normalise_english(text: str) -> str:
    """Figures as English words, Chinese words as pinyin."""
    return tidy(romanise(apply(_RULES, plain(text))))
