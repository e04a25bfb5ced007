"""Refusals and failures of speaking and listening."""

from kernel.errors import HotlineError, InvalidInput


class UnknownLanguage(InvalidInput):
    """No voice is set for this language."""

    code = "unknown_language"


class BlankText(InvalidInput):
    """There is nothing to say in this text."""

    code = "blank_text"


class TextTooLong(InvalidInput):
    """The text is longer than a prompt may be."""

    code = "text_too_long"


class SpeechBusy(HotlineError):
    """Too much waits for a speech worker already."""

    code = "speech_busy"


class SynthesisFailed(HotlineError):
    """The text could not be spoken."""

    code = "synthesis_failed"


class SynthesisHung(SynthesisFailed):
    """The engine did not answer in time."""

    code = "synthesis_hung"


class NoModel(HotlineError):
    """No recogniser is installed for this language: set `speech.recognition.models`."""

    code = "no_model"


class TooManyPhrases(InvalidInput):
    """More phrases than can be listened for at once."""

    code = "too_many_phrases"


class BadModel(HotlineError):
    """The recogniser's folder cannot be used; the message carries the engine's reason."""

    code = "bad_model"


class UnreadableAudio(InvalidInput):
    """The file is not a 16-bit mono WAV file, or too long."""

    code = "unreadable_audio"


class UnusableSound(InvalidInput):
    """The file cannot be made into a recording or prompt; the message says why, to the person who gave it."""

    code = "unusable_sound"


class UnknownSound(UnusableSound):
    """The file is no sound, or of a kind that is not known."""

    code = "unknown_sound"


class SoundTooLong(UnusableSound):
    """It takes longer than it may."""

    code = "sound_too_long"


class SoundTooLarge(UnusableSound):
    """The file is larger than it may be."""

    code = "sound_too_large"


class NothingHeard(UnusableSound):
    """Nothing but silence is in it, or next to nothing."""

    code = "nothing_heard"


class SoundDistorted(UnusableSound):
    """It is so loud that it is distorted."""

    code = "sound_distorted"


class RecognitionFailed(HotlineError):
    """The recogniser gave up on this audio."""

    code = "recognition_failed"


class WorkerFailed(HotlineError):
    """A speech worker process died, hung or could not start."""

    code = "worker_failed"


class WorkerRefused(HotlineError):
    """A speech worker is well, and says what is wrong with the request."""

    code = "worker_refused"

    def __init__(self, reason: str, *, kind: str = "") -> None:
        """`kind` tells reasons apart for programs."""
        super().__init__(reason)
        self.kind = kind
