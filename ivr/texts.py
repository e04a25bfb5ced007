"""What Hotline itself says to callers, whatever the flow."""

from enum import StrEnum

from ivr.model import Label


class SystemText(StrEnum):
    """The name of each sentence."""

    NOT_UNDERSTOOD = "not_understood"
    NOTHING_PRESSED = "nothing_pressed"
    CONNECTING = "connecting"
    LEAVE_MESSAGE = "leave_message"
    MESSAGE_RECEIVED = "message_received"
    THANKS_FOR_MESSAGE = "thanks_for_message"
    GOODBYE = "goodbye"
    UNKNOWN_NUMBER = "unknown_number"


SYSTEM_TEXTS: dict[SystemText, Label] = {
    SystemText.NOT_UNDERSTOOD: {
        "zh": "对不起，您的按键有误，请重新选择。",
        "en": "Sorry, that is not one of the choices. Please try again.",
    },
    SystemText.NOTHING_PRESSED: {
        "zh": "对不起，没有收到您的按键。",
        "en": "Sorry, we did not receive your choice.",
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
    SystemText.THANKS_FOR_MESSAGE: {
        "zh": "您的留言已收到，我们会尽快与您联系。谢谢，再见。",
        "en": "We have received your message and will call you back soon. Thank you, goodbye.",
    },
    SystemText.GOODBYE: {"zh": "感谢您的来电，再见。", "en": "Thank you for calling. Goodbye."},
    SystemText.UNKNOWN_NUMBER: {
        "zh": "对不起，您拨打的号码暂未开通服务，再见。",
        "en": "Sorry, the number you have called is not in service. Goodbye.",
    },
}
