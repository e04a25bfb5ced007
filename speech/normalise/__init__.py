"""Makes written text speakable: figures become the words that a person would say. Pure."""

from speech.normalise.chinese import normalise_chinese
from speech.normalise.english import normalise_english


def normalise(text: str, language: str) -> str:
    """The words that will be spoken; text of other languages is left as it is."""
    if language == "zh":
        return normalise_chinese(text)
    if language == "en":
        return normalise_english(text)
    return text
