"""What Hotline itself says to callers, whatever the flow."""

from enum import StrEnum

from ivr.words import Label


class SystemText(StrEnum):
    """The name of each sentence."""

    NOT_UNDERSTOOD = "not_understood"
    NOTHING_PRESSED = "nothing_pressed"
    WRONG_DIGITS = "wrong_digits"
    NOT_HEARD = "not_heard"
    NOTHING_SAID = "nothing_said"
    PRESS_INSTEAD = "press_instead"
    CONNECTING = "connecting"
    LEAVE_MESSAGE = "leave_message"
    MESSAGE_RECEIVED = "message_received"
    REVIEW_MESSAGE = "review_message"
    MESSAGE_STAYS = "message_stays"
    THANKS_FOR_MESSAGE = "thanks_for_message"
    GOODBYE = "goodbye"
    UNKNOWN_NUMBER = "unknown_number"
    PRESS_TO_ACCEPT = "press_to_accept"
    RATE = "rate"
    COMMENT_ON_RATING = "comment_on_rating"
    THANKS_FOR_RATING = "thanks_for_rating"
    PLEASE_WAIT = "please_wait"
    BLOCKED = "blocked"
    CALLED_TOO_OFTEN = "called_too_often"
    TOO_OFTEN_MESSAGE = "too_often_message"
    TYPE_YOUR_NUMBER = "type_your_number"


FOR_AGENTS = frozenset({SystemText.PRESS_TO_ACCEPT})
"""Said on an agent's own phone: callers never hear it."""

SYSTEM_TEXTS: dict[SystemText, Label] = {
    SystemText.PRESS_TO_ACCEPT: {
        "zh": "有客户来电。接听请按1。",
        "en": "A customer is calling. To take the call, press 1.",
    },
    SystemText.NOT_UNDERSTOOD: {
        "zh": "对不起，您的按键有误，请重新选择。",
        "en": "Sorry, that is not one of the choices. Please try again.",
    },
    SystemText.NOTHING_PRESSED: {
        "zh": "对不起，没有收到您的按键。",
        "en": "Sorry, we did not receive your choice.",
    },
    SystemText.WRONG_DIGITS: {
        "zh": "对不起，您输入的号码不正确，请重新输入。",
        "en": "Sorry, that number is not right. Please enter it again.",
    },
    SystemText.NOT_HEARD: {
        "zh": "对不起，我没有听懂。请再说一遍，也可以按键选择。",
        "en": "Sorry, I did not understand. Please say it again, or press a key.",
    },
    SystemText.NOTHING_SAID: {
        "zh": "对不起，没有听到您的声音，请再说一次。",
        "en": "Sorry, we did not hear you. Please say it again.",
    },
    SystemText.PRESS_INSTEAD: {
        "zh": "对不起，我没有听清。请直接按键选择。",
        "en": "Sorry, I cannot hear you well. Please press a key instead.",
    },
    SystemText.CONNECTING: {
        "zh": "正在为您转接人工服务，请稍候。",
        "en": "We are connecting you to a colleague. Please hold on.",
    },
    SystemText.LEAVE_MESSAGE: {
        "zh": "很抱歉，现在无法为您接通人工服务。请在提示音后留言，我们会尽快与您联系。",
        "en": "We are sorry that nobody can take your call now. Please leave a message after the tone.",
    },
    SystemText.MESSAGE_RECEIVED: {
        "zh": "您的留言已收到，我们会尽快与您联系。",
        "en": "We have received your message and will call you back soon.",
    },
    SystemText.REVIEW_MESSAGE: {
        "zh": "保存留言请按1，重听请按2，重新录音请按3。",
        "en": "To keep your message, press 1. To listen to it, press 2. To record it again, press 3.",
    },
    SystemText.MESSAGE_STAYS: {
        "zh": "没有录到新的留言，原来的留言仍然保留。",
        "en": "Nothing new was recorded. Your first message is kept.",
    },
    SystemText.THANKS_FOR_MESSAGE: {
        "zh": "您的留言已收到，我们会尽快与您联系。谢谢，再见。",
        "en": "We have received your message and will call you back soon. Thank you, goodbye.",
    },
    SystemText.BLOCKED: {
        "zh": "您好，您的来电目前无法接通。如有疑问，请通过其他方式与我们联系。再见。",
        "en": "Hello. We cannot take your call. If you have questions, please contact us in another way."
        " Goodbye.",
    },
    SystemText.CALLED_TOO_OFTEN: {
        "zh": "您好，您的来电过于频繁，请稍后再拨。再见。",
        "en": "Hello. You have called very often. Please call again later. Goodbye.",
    },
    SystemText.TOO_OFTEN_MESSAGE: {
        "zh": "您好，您的来电过于频繁，暂时无法接通。请在提示音后留言，按井号键结束。",
        "en": "Hello. You have called very often, and we cannot connect you now. Please leave a message"
        " after the tone, and end with the hash key.",
    },
    SystemText.TYPE_YOUR_NUMBER: {
        "zh": "您好，您的来电没有显示号码。请输入您的电话号码，按井号键结束。",
        "en": "Hello. Your number is not shown. Please enter your telephone number, and end with the"
        " hash key.",
    },
    SystemText.PLEASE_WAIT: {"zh": "请稍候。", "en": "One moment, please."},
    SystemText.GOODBYE: {"zh": "感谢您的来电，再见。", "en": "Thank you for calling. Goodbye."},
    SystemText.UNKNOWN_NUMBER: {
        "zh": "对不起，您拨打的号码暂未开通服务，再见。",
        "en": "Sorry, the number you have called is not in service. Goodbye.",
    },
    SystemText.RATE: {
        "zh": "请您为本次服务评分。请按1到5，5表示非常满意，1表示非常不满意。",
        "en": "Please rate our service by a key from 1 to 5. 5 is very satisfied, 1 is very dissatisfied.",
    },
    SystemText.COMMENT_ON_RATING: {
        "zh": "感谢您的评分。如有意见或建议，请在提示音后留言，按井号键结束，也可以直接挂机。",
        "en": "Thank you. If you would like to add something, please speak after the tone and end with the"
        " hash key, or just hang up.",
    },
    SystemText.THANKS_FOR_RATING: {"zh": "感谢您的评价，再见。", "en": "Thank you for your rating. Goodbye."},
}


READ_BACK: Label = {
    "zh": "您输入的是{typed}。正确请按1，重新输入请按2。",
    "en": "You have entered {typed}. If this is right, press 1. To enter it again, press 2.",
}
"""Said to who has typed something at a node that wants it confirmed."""


READ_BACK_SAID: Label = {
    "zh": "您说的是{typed}，对吗？对请说是，或按1；不对请说不是，或按2。",
    "en": "You said {typed}. Is that right? Say yes or press 1. If not, say no or press 2.",
}
"""Said to who has spoken instead of pressing keys, and could not be understood with certainty."""


class CallbackText(StrEnum):
    """What callers are told who are to be called back, by its name."""

    OWN_NUMBER = "own_number"
    TYPE_NUMBER = "type_number"
    READ_BACK = "read_back"
    NO_NUMBER = "no_number"
    NOT_NOW = "not_now"
    PROMISED = "promised"
    PROMISED_LATER = "promised_later"


CALLBACK_TEXTS: dict[CallbackText, Label] = {
    CallbackText.OWN_NUMBER: {
        "zh": "我们可以给您回拨，并为您保留排队位置。您的号码是{number}。"
        "回拨这个号码请按1，回拨其他号码请按2，返回请按星号键。",
        "en": "We can call you back, and keep your place in line. Your number is {number}."
        " To be called on this number, press 1. For another number, press 2. To go back, press star.",
    },
    CallbackText.TYPE_NUMBER: {
        "zh": "请输入回拨号码，按井号键结束。",
        "en": "Please enter the number that we may call, and end with the hash key.",
    },
    CallbackText.READ_BACK: {
        "zh": "您输入的号码是{number}。正确请按1，重新输入请按2，返回请按星号键。",
        "en": "You have entered {number}. If this is right, press 1. To enter it again, press 2. To go back,"
        " press star.",
    },
    CallbackText.NO_NUMBER: {
        "zh": "对不起，这个号码无法回拨。",
        "en": "Sorry, we cannot call this number.",
    },
    CallbackText.NOT_NOW: {
        "zh": "对不起，现在无法为您登记回拨。",
        "en": "Sorry, we cannot arrange a call just now.",
    },
    CallbackText.PROMISED: {
        "zh": "已为您登记回拨，您的排队位置不变，轮到您时我们会给您打电话。谢谢，再见。",
        "en": "You keep your place in line, and we will call you when it is your turn. Thank you, goodbye.",
    },
    CallbackText.PROMISED_LATER: {
        "zh": "已为您登记回拨。现在不在服务时间，我们会从{opening}起按顺序给您打电话。谢谢，再见。",
        "en": "We will call you back. Our lines are closed now; we call in turn from {opening} on."
        " Thank you, goodbye.",
    },
}


class WaitText(StrEnum):
    """What callers who wait are told, by its name."""

    NEXT = "next"
    ONE_AHEAD = "one_ahead"
    AHEAD = "ahead"
    SHORT = "short"
    MINUTE = "minute"
    MINUTE_AND_HALF = "minute_and_half"
    MINUTES = "minutes"


WAIT_TEXTS: dict[WaitText, Label] = {
    WaitText.NEXT: {"zh": "您排在第一位。", "en": "You are next in line."},
    WaitText.ONE_AHEAD: {
        "zh": "您前面还有1位客户在等候。",
        "en": "There is one caller ahead of you.",
    },
    WaitText.AHEAD: {
        "zh": "您前面还有{count}位客户在等候。",
        "en": "There are {count} callers ahead of you.",
    },
    WaitText.SHORT: {
        "zh": "预计不到一分钟就能为您接通。",
        "en": "We expect to connect you in less than a minute.",
    },
    WaitText.MINUTE: {
        "zh": "预计还需等候约一分钟。",
        "en": "We expect to connect you in about one minute.",
    },
    WaitText.MINUTE_AND_HALF: {
        "zh": "预计还需等候约一分半钟。",
        "en": "We expect to connect you in about one and a half minutes.",
    },
    WaitText.MINUTES: {
        "zh": "预计还需等候约{count}分钟。",
        "en": "We expect to connect you in about {count} minutes.",
    },
}
