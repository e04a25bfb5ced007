"""How a refusal leaves the server: status, stable code, and a sentence in the reader's language."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from agent_ui.errors import FieldFault, Malformed
from kernel.errors import Conflict, Forbidden, HotlineError, InvalidInput, NotFound, TryLater

PROBLEM_TYPE = "application/problem+json"
LANGUAGES = ("zh", "en")

_STATUS_BY_CODE: Mapping[str, int] = {
    "not_signed_in": 401,
    "wrong_password": 401,
    "account_disabled": 401,
    "too_many_attempts": 429,
    "too_many_uploads": 429,
    "upload_too_slow": 408,
    "cross_site": 403,
    "body_too_large": 413,
    "malformed": 422,
    "switch_unavailable": 503,
    "call_gone": 404,
    "routing_stopped": 503,
    "not_hung_up": 503,
    "no_room_for_attachment": 507,
    "database_unavailable": 503,
    "hanging": 503,
}
_STATUS_BY_KIND: tuple[tuple[type[HotlineError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Forbidden, 403),
    (InvalidInput, 422),
)

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "not_signed_in": ("请先登录。", "Please sign in first."),
    "wrong_password": ("用户名或密码不正确。", "The name or the password is wrong."),
    "account_disabled": ("该账号已停用，请联系主管。", "This account is disabled; ask your supervisor."),
    "too_many_attempts": ("尝试次数过多，请稍后再试。", "Too many attempts; wait a little and try again."),
    "too_many_pages": (
        "这次登录打开的页面太多，请关闭一些。",
        "Too many pages are open by this sign-in; close some.",
    ),
    "cross_site": ("请求来自其他网站，已拒绝。", "The request came from another site and was refused."),
    "body_too_large": ("提交的内容过大。", "What was sent is too large."),
    "malformed": (
        "提交的内容有误，请检查标出的字段。",
        "Some of the input is not right; check the marked fields.",
    ),
    "forbidden": ("您没有执行此操作的权限。", "You do not have the right to do this."),
    "not_your_call": ("您没有在与这位客户通话。", "You are not talking with this caller."),
    "unusable_sound": (
        "该音频文件已损坏，或无法读取，请换一个文件。",
        "The sound file is damaged or cannot be read; take another one.",
    ),
    "unknown_sound": (
        "这不是可识别的音频文件，请上传 WAV、MP3、M4A、OGG、Opus、FLAC 等格式。",
        "This is no sound file that is known; take WAV, MP3, M4A, OGG, Opus, FLAC or the like.",
    ),
    "sound_too_long": ("录音太长，请剪短后再上传。", "The recording is too long; make it shorter."),
    "sound_too_large": ("文件太大，请压缩后再上传。", "The file is too large; save it as MP3."),
    "nothing_heard": (
        "录音里没有声音，请检查后重新录制。",
        "Nothing is heard in the recording; record it again.",
    ),
    "sound_distorted": (
        "录音音量过大，已经失真，请降低音量重新录制。",
        "The recording is so loud that it is distorted; record it again, less loud.",
    ),
    "upload_too_slow": ("文件上传太慢，请稍后重试。", "The file took too long to arrive; try again."),
    "too_many_uploads": (
        "同时上传的文件太多，请稍后再试。",
        "Too many files are being sent just now; try again in a moment.",
    ),
    "bad_recording_name": (
        "录音名称须以小写英文字母开头，只含小写字母、数字、- 和 _，最多 40 个字符。",
        "A recording's name has at most 40 small letters, figures, - and _, a letter first.",
    ),
    "no_recording": ("没有这个录音。", "There is no such recording."),
    "too_many_recordings": (
        "录音数量已达上限，请先删除不用的录音。",
        "There are as many recordings as there may be; remove some that no flow uses.",
    ),
    "not_found": ("找不到该内容，或您无权查看。", "It does not exist, or is not yours to see."),
    "conflict": (
        "内容已被他人修改，请刷新后重试。",
        "Someone else changed it; reload and try again.",
    ),
    "switch_unavailable": (
        "电话系统暂时不可用，正在恢复。",
        "The phone system is away; it is being restarted.",
    ),
    "not_free_to_call": (
        "现在不能呼出：请先上线（就绪、小休或话后整理），并确认电话已连接且未在使用。",
        "You cannot call now: be online (ready, on a break, in wrap-up), with your phone connected and free.",
    ),
    "no_such_number": (
        "这不是可以拨打的号码，请连同区号一起填写。",
        "This is no number that can be called; write it with its area code.",
    ),
    "not_a_prefix": (
        "号段只能填写数字，可带国家代码，例如 +86170。",
        "Write how the numbers begin, in digits, such as +86170.",
    ),
    "prefix_too_wide": (
        "这个号段包含全国所有号码，请写得更具体。",
        "This would mean every number of the country; write more digits.",
    ),
    "value_not_needed": ("匿名来电不需要填写号码。", "An entry for withheld numbers takes no number."),
    "until_passed": ("有效期已过，请选择以后的时间。", "This moment is over already; choose a later one."),
    "never_blocked": (
        "本公司号码和紧急号码不能列入黑名单。",
        "Our own numbers and emergency numbers are never blocked.",
    ),
    "already_listed": ("该号码已在名单中。", "This is on the list already."),
    "own_number": ("这是本公司自己的号码，不能拨打。", "This is one of our own numbers."),
    "emergency_refused": (
        "此处不能拨打紧急号码，请改用其他电话。",
        "Emergency numbers cannot be called from here: use another phone.",
    ),
    "country_refused": (
        "不允许拨打该国家或地区的号码。",
        "Numbers of this country are not called from here.",
    ),
    "kind_refused": ("不允许拨打这类号码。", "Numbers of this kind are not called from here."),
    "not_of_queue": (
        "只能以您所属队列的名义拨打。",
        "You call in the name of your own queues only.",
    ),
    "do_not_call": (
        "对方已要求不再来电，不能拨打。",
        "This person does not want to be called; a supervisor keeps the list.",
    ),
    "too_many_calls": (
        "呼出次数已达上限，请联系班长。",
        "You have called as often as the site allows for now; ask your supervisor.",
    ),
    "already_called": (
        "已有同事正在联系这位客户。",
        "A colleague calls this person just now, or talks with them.",
    ),
    "nobody_to_call": ("没有可以拨打的号码。", "There is no number to call."),
    "call_gone": ("该通话已结束。", "This call has ended already."),
    "hanging": ("存储暂时没有响应，请稍后再试。", "The disk does not answer now; try again later."),
    "not_hung_up": (
        "暂时无法连接电话系统，通话没有挂断；请重试。",
        "The phone system cannot be reached and the call goes on; try again.",
    ),
    "no_phone": (
        "话机还没有连接，请稍候或重新打开页面。",
        "Your phone is not connected; wait or reload the page.",
    ),
    "agent_not_there": (
        "该坐席没有登录，无法改变其状态。",
        "This agent is not signed in; their state cannot be changed.",
    ),
    "no_such_offer": ("这通来电已不再派给您。", "This call is not yours (any more)."),
    "rings_elsewhere": (
        "来电正在您选择的另一部话机上振铃；请先选回本页面。",
        "Your calls ring at another phone; choose this page first.",
    ),
    "no_encryption": (
        "这里还没有启用加密的 SIP 端口，请联系管理员。",
        "There is no encrypted SIP port here yet; ask your administrator.",
    ),
    "no_desk_phone": ("还没有桌面话机，请先创建。", "There is no desk phone yet; make one first."),
    "no_outside_line": ("没有外线，无法转到外部号码。", "There is no outside line to call a number by."),
    "unknown_break": (
        "没有这种小休，请刷新页面后重新选择。",
        "There is no such break; reload the page and choose.",
    ),
    "break_full": (
        "正在这样小休的同事已满额，请等一位回来再试。",
        "As many colleagues as may are on this break; try again when one is back.",
    ),
    "not_talking": ("您已不在和这位客户通话。", "You do not talk with this caller (any more)."),
    "agent_not_free": (
        "对方现在接不了电话，客户仍在您这里。",
        "Your colleague cannot be rung now; the caller is still with you.",
    ),
    "not_consulting": ("现在没有正在进行的咨询。", "No colleague is being asked now, or is not so far yet."),
    "still_consulting": (
        "请先结束对同事的咨询或三方通话。",
        "End the conversation with your colleague first.",
    ),
    "nothing_to_hear": ("现在没有可以监听的通话。", "No other agent talks with this caller now."),
    "nothing_to_take_over": (
        "现在没有可以接管的通话：坐席已不在和客户通话，或正在咨询同事。",
        "There is nobody to take over: no agent talks with this caller now, or a colleague is being asked.",
    ),
    "phone_in_use": (
        "您的电话正在使用或没有连接；监听和接管需要坐席电话。",
        "Your phone is in use or not connected; hearing and taking over need an agent's phone.",
    ),
    "no_wrap_up": ("现在没有可以结束或延长的话后处理。", "There is no wrap-up to end or extend."),
    "weak_password": ("密码太短，或与用户名相同。", "The password is too short, or is the name itself."),
    "name_taken": ("该用户名已被使用。", "Another account has this name already."),
    "extension_taken": ("该分机号已属于另一位同事。", "A colleague has this extension already."),
    "last_admin": ("至少要保留一位管理员。", "Somebody must stay administrator."),
    "number_taken": ("该号码已属于另一位客户。", "This number belongs to another customer."),
    "member_number_taken": ("该会员号已属于另一位客户。", "This member number belongs to another customer."),
    "not_a_member_number": (
        "会员号为4到32位数字，末位可以是X。",
        "A member number has 4 to 32 digits, and may end in X.",
    ),
    "number_has_extension": (
        "客户号码不能带分机号：请只填写号码，把分机号写在备注里。",
        "A customer's number has no extension: write the number alone, and the extension into the note.",
    ),
    "not_a_number": ("这不是有效的电话号码。", "This is not a phone number."),
    "routing_stopped": ("服务器正在启动，请稍后重试。", "The server is starting; try again in a moment."),
    "database_unavailable": ("数据库暂时不可用，正在恢复。", "The database is away for a moment."),
    "invalid_input": ("提交的内容无法接受。", "The input cannot be accepted as it is."),
    "stale_version": (
        "同一内容已被他人修改：请对照两份内容，决定保留哪一份。",
        "Someone else changed the same: look at both texts, and decide what stays.",
    ),
    "too_many_attachments": (
        "该工单的附件数量已达上限。",
        "The ticket has as many files as it may have.",
    ),
    "no_room_for_attachment": (
        "服务器磁盘空间不足，暂时不能上传附件，请联系管理员。",
        "The server's disk is nearly full and takes no files; tell your administrator.",
    ),
    "transition_refused": ("工单不能从当前状态这样变更。", "A ticket in this state cannot become that."),
    "step_decides": ("该工单按流程办理：请办理下一环节。", "The ticket's state follows: take the next step."),
    "no_workflow": ("该工单没有流程。", "The ticket has no workflow."),
    "no_such_step": ("当前环节不能转到那里。", "No way leads there from this step."),
    "wrong_entry": ("填写的内容与该项要求不符。", "What was filled in does not fit the field."),
    "step_unfinished": (
        "本环节还有未完成的内容：请补全必填项、检查项和上门时间。",
        "Something is missing at this step: fill in what is required, the check list, the visit.",
    ),
    "way_closed": ("当前填写的内容不满足该去向的条件。", "By what is filled in, this way is not open."),
    "not_your_step": (
        "该环节由他人办理：请先接手工单，或请主管处理。",
        "Somebody else does this step: take the ticket over first, or ask a supervisor.",
    ),
    "owner_missing": ("请先指定负责人。", "Somebody must own the ticket first."),
    "unknown_person": ("找不到该客户或同事。", "There is no such customer or colleague."),
    "unknown_call": ("找不到该通话，或您无权查看。", "There is no such call, or it is not yours to see."),
    "no_surveys": (
        "尚未设置客户访问地址（tickets.survey_address），无法发送满意度调查。",
        "No surveys are sent: the address for customers (tickets.survey_address) is not set.",
    ),
    "no_voicemail": ("该工单没有语音留言。", "The ticket has no message."),
    "queue_full": ("队列已满。", "As many callers wait as are allowed."),
    "not_waiting": ("该通话已不在排队。", "This call does not wait for an agent (any more)."),
    "number_forbidden": ("不允许呼叫该号码。", "This number may not be called."),
    "queue_closed": ("队列现在不接受来电。", "The queue is closed now."),
    "unknown_queue": ("没有这个队列。", "There is no such queue."),
    "no_help_proposed": (
        "此刻没有待确认的支援，请刷新后再看。",
        "No help is proposed for this queue now; look again.",
    ),
    "unknown_flow": ("语音菜单里没有这个位置。", "There is no such place in the menus."),
    "unknown_region": ("没有这个地区。", "There is no such region."),
    "no_such_flow": ("没有这个语音菜单。", "There is no such flow."),
    "no_such_version": (
        "没有这个版本，或者它太旧，已不再保留。",
        "There is no such version, or it is too old to be kept.",
    ),
    "draft_changed": (
        "草稿已被他人修改：请对照两份内容，合并后再保存。",
        "Somebody else changed the draft: put the two texts together, then save again.",
    ),
    "flow_changed": (
        "已发布的内容在您起草之后有变动：请对照后再发布。",
        "What is published changed since your draft was begun: look at both, then publish.",
    ),
    "flow_has_errors": (
        "检查发现错误，没有发布；请按标出的行修改。",
        "The check finds errors and nothing was published; mend the marked lines.",
    ),
    "flow_cases_changed": (
        "用例已被他人修改：请对照后再保存。",
        "Somebody else changed the test cases: look at both, then save again.",
    ),
    "flow_cases_fail": (
        "有用例没有通过，没有发布；请改菜单，或改用例。",
        "Test cases fail and nothing was published; mend the flow, or the cases.",
    ),
    "field_not_set": (
        "这个值不能用表单修改，请在内容里直接改。",
        "A form cannot change this value: change it in the text.",
    ),
    "nothing_to_publish": ("内容与已发布的相同。", "It says already what is published."),
    "flow_not_written": (
        "无法读写站点文件夹中的文件，请联系管理员。",
        "The file in the site's folder cannot be read or written; ask your administrator.",
    ),
    "internal": (
        "服务器出现错误，已记录；请重试。",
        "Something went wrong here and was recorded; try again.",
    ),
    "no_such_page": ("没有这个地址。", "There is nothing at this address."),
    "wrong_method": ("该地址不支持此操作。", "This address does not know that method."),
}

_FAULTS: Mapping[str, str] = {
    "missing": "必填",
    "string_too_short": "太短",
    "string_too_long": "太长",
    "extra_forbidden": "不认识此字段",
    "greater_than_equal": "太小",
    "less_than_equal": "太大",
    "enum": "不在可选范围内",
    "literal_error": "不在可选范围内",
}
_FAULT_OTHERWISE = "格式不正确"
"""What is wrong with a field, in Chinese, by the model's code; English has the model's own words."""


class Problem(BaseModel):
    """A refusal. `code` is stable; `message`, and what `fields` say each, is for a person."""

    code: str
    message: str
    fields: dict[str, str] | None = None
    details: dict[str, Any] | None = None
    """What a page needs to go on, such as the text that somebody else saved."""


def language_of(accept_language: str) -> str:
    """The best of our languages for an Accept-Language header; Chinese where nothing is asked."""
    wishes: list[tuple[float, str]] = []
    for wish in accept_language.split(",")[:10]:
        tag, _, parameter = wish.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            quality = 0.0
        wishes.append((quality, tag.strip().lower()[:2]))
    known = [(quality, tag) for quality, tag in wishes if tag in LANGUAGES and quality > 0]
    return max(known, key=lambda wish: wish[0])[1] if known else LANGUAGES[0]


def status_of(error: HotlineError) -> int:
    """The HTTP status of a refusal; this is the only place that knows."""
    if error.code in _STATUS_BY_CODE:
        return _STATUS_BY_CODE[error.code]
    return next((status for kind, status in _STATUS_BY_KIND if isinstance(error, kind)), 400)


def sentence(code: str, language: str, otherwise: str) -> str:
    """The sentence for a code; a code without one is told in its own words."""
    known = _SENTENCES.get(code)
    return known[LANGUAGES.index(language)] if known else otherwise


def problem_response(error: HotlineError, request: web.Request) -> web.Response:
    """The refusal as a problem document."""
    fields = error.fields if isinstance(error, Malformed) else ()
    if isinstance(error, InvalidInput) and error.field:
        fields = (FieldFault(field=error.field, code=error.code, message=str(error)),)
    response = problem(request, status_of(error), error.code, str(error), fields, details=error.details)
    if isinstance(error, TryLater):
        response.headers["Retry-After"] = str(error.after_s)
    return response


def problem(  # noqa: PLR0913 - its parts
    request: web.Request,
    status: int,
    code: str,
    otherwise: str = "",
    fields: tuple[FieldFault, ...] = (),
    *,
    details: Mapping[str, Any] | None = None,
) -> web.Response:
    """A problem document by its parts."""
    language = language_of(request.headers.get("Accept-Language", ""))
    faults = {fault.field: _fault_words(fault, language) for fault in fields}
    document = Problem(
        code=code,
        message=sentence(code, language, otherwise or code),
        fields=faults or None,
        details=dict(details) if details is not None else None,
    )
    return web.Response(
        status=status,
        text=document.model_dump_json(exclude_none=True),
        content_type=PROBLEM_TYPE,
        headers={"Content-Language": language},
    )


def _fault_words(fault: FieldFault, language: str) -> str:
    if fault.code in _SENTENCES:
        return sentence(fault.code, language, fault.message)
    return fault.message if language == "en" else _FAULTS.get(fault.code, _FAULT_OTHERWISE)
