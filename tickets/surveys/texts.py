"""What customers read, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from tickets.surveys.model import Answer, Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one language."""

    title: str
    dimensions: Mapping[Dimension, str]
    worst: str
    best: str
    text: str
    anonymous: str
    send: str
    missing: str
    thanks: str
    gone: str
    about_ticket: str
    """Of a message; with the ticket's number and the link."""
    about_call: str
    other_language: str


ZH = Words(
    title="服务满意度评价",
    dimensions={
        Dimension.ATTITUDE: "服务态度",
        Dimension.SPEED: "响应速度",
        Dimension.RESULT: "问题解决效果",
        Dimension.OVERALL: "整体满意度",
    },
    worst="很不满意",
    best="非常满意",
    text="您的意见（选填，最多200字）",
    anonymous="匿名评价（我们将无法就此与您联系）",
    send="提交",
    missing="请为每一项选择1到5分。",
    thanks="感谢您的反馈！",
    gone="该链接无效或已过期。",
    about_ticket="您反映的问题（{number}）已处理完毕，请评价我们的服务：{link}",
    about_call="感谢您的来电，请评价我们的服务：{link}",
    other_language="English",
)
EN = Words(
    title="How satisfied are you?",
    dimensions={
        Dimension.ATTITUDE: "Friendliness",
        Dimension.SPEED: "Speed",
        Dimension.RESULT: "How your problem was solved",
        Dimension.OVERALL: "Everything together",
    },
    worst="very bad",
    best="very good",
    text="Your remarks (if you like; up to 200 characters)",
    anonymous="Do not name me (then we cannot come back to you about it)",
    send="Send",
    missing="Please choose 1 to 5 for each.",
    thanks="Thank you for your feedback!",
    gone="This link does not work, or not any more.",
    about_ticket="Your matter {number} has been dealt with. How satisfied are you? {link}",
    about_call="Thank you for your call. How satisfied are you? {link}",
    other_language="中文",
)


def words_of(language: str) -> Words:
    """Those of a language that is spoken here; Chinese for all others."""
    return EN if language == "en" else ZH


def as_said(answer: Answer, language: str) -> str:
    """An answer as a line of the ticket's thread."""
    words = words_of(language)
    scores = "，".join(f"{words.dimensions[one]} {score}" for one, score in answer.scores.items())
    if language == "en":
        scores = scores.replace("，", ", ")
    return f"{scores}\n{answer.text}".strip()
