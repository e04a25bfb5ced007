"""The page of a survey: works on a phone, and without scripts. Pure; whatever is put into it is escaped."""

from collections.abc import Mapping
from html import escape

from tickets.surveys.model import SCORES, TEXT_MAX, Dimension
from tickets.surveys.texts import Words

_STYLE = """
body { font: 18px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 0 auto; padding: 1rem; }
body { color: #1f2329; background: #fff; }
h1 { font-size: 1.4rem; }
fieldset { border: 0; padding: 0; margin: 0 0 1.2rem; }
legend { font-weight: 600; padding: 0; }
.scores { display: flex; gap: .5rem; }
.scores label { flex: 1; text-align: center; border: 1px solid #8f959e; }
.scores label { border-radius: .5rem; padding: .6rem 0; }
.scores label:has(:checked) { background: #1456f0; color: #fff; border-color: #1456f0; }
.scores input { display: block; margin: 0 auto .2rem; }
.ends { display: flex; justify-content: space-between; font-size: .85rem; color: #51565d; }
textarea { width: 100%; box-sizing: border-box; font: inherit; min-height: 6rem; }
button { font: inherit; width: 100%; padding: .8rem; border: 0; border-radius: .5rem; }
button { background: #1456f0; color: #fff; }
.wrong { color: #c02a26; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  body { color: #ebebeb; background: #1a1a1a; }
  textarea { color: inherit; background: #262626; }
  .ends { color: #a6a6a6; }
  .wrong { color: #ff8a80; }
}
"""


def form_page(
    words: Words,
    language: str,
    *,
    may_hide: bool,
    given: Mapping[str, str] | None = None,
    other: str = "",
) -> str:
    """The questions; `given` is what was chosen before something was missing. `other`: the other language."""
    chosen = given or {}
    asked = "".join(_question(words, one, chosen.get(one.value, "")) for one in Dimension)
    wrong = f'<p class="wrong" role="alert">{escape(words.missing)}</p>' if given is not None else ""
    hidden = (
        f'<p><label><input type="checkbox" name="anonymous" value="1"'
        f"{' checked' if chosen.get('anonymous') else ''}> {escape(words.anonymous)}</label></p>"
        if may_hide
        else ""
    )
    text = escape(chosen.get("text", "")[:TEXT_MAX])
    return _page(
        words.title,
        language,
        f'{wrong}<form method="post">{asked}'
        f'<p><label for="text">{escape(words.text)}</label>'
        f'<textarea id="text" name="text" maxlength="{TEXT_MAX}">{text}</textarea></p>{hidden}'
        f'<input type="hidden" name="language" value="{escape(language)}">'
        f"<button>{escape(words.send)}</button></form>"
        f'<p><a href="?language={other}" hreflang="{other}">{escape(words.other_language)}</a></p>',
    )


def said_page(words: Words, language: str, sentence: str) -> str:
    """One sentence."""
    return _page(words.title, language, f'<p role="status">{escape(sentence)}</p>')


def _question(words: Words, dimension: Dimension, chosen: str) -> str:
    scores = "".join(
        f'<label><input type="radio" name="{dimension}" value="{score}" required'
        f"{' checked' if chosen == str(score) else ''}>{score}</label>"
        for score in SCORES
    )
    return (
        f"<fieldset><legend>{escape(words.dimensions[dimension])}</legend>"
        f'<div class="scores">{scores}</div>'
        f'<div class="ends"><span>{escape(words.worst)}</span><span>{escape(words.best)}</span></div>'
        "</fieldset>"
    )


def _page(title: str, language: str, body: str) -> str:
    lang = "en" if language == "en" else "zh-CN"
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
