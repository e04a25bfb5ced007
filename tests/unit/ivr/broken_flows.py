"""A flow without mistakes, and ways to break it."""

from dataclasses import dataclass

from ivr.flow import Surroundings

AROUND = Surroundings(
    queues={"sales": frozenset({"full", "timeout"}), "service": frozenset({"full", "closed", "timeout"})},
    calendars=frozenset({"office", "holidays"}),
    regions=frozenset({"east", "west"}),
    experts=frozenset({"zhao"}),
    on_call=frozenset({"night"}),
    recordings={("zh", "hello"): "", ("zh", "endless"): "is longer than 180 s", ("en", "bye"): ""},
    is_for_author=True,
)
GOOD = """\
start: welcome
language: zh
languages: [zh, en]
variables:
  price: {type: money, value: "19.90"}
  opened: {type: date, value: "2026-10-01"}
  visits: {type: number, value: 0}
  is_new: {type: yes_no}
  order: {type: digits}
nodes:
  welcome:
    type: say
    text:
      zh: 您好，上门费{price}。
      en: Hello. A visit costs {price}.
    next: count
  count:
    type: set
    values: {visits: visits + 1, is_new: true}
    next: who
  who:
    type: condition
    cases:
      - {if: caller_level == "vip" and visits > 1, to: vip}
      - if: today < opened or is_new
        to: hours
    otherwise: hours
  vip: {type: goto, to: sales}
  hours:
    type: hours
    calendar: office
    open: main
    closed: message
  main:
    type: menu
    text:
      zh: [购买请按1，维修请按2。, {en: "For English, press 9."}]
      en: For sales, press 1. For repairs, press 2.
    options:
      "1": {to: sales, label: {zh: 购买, en: Sales}}
      "2": {to: repairs, matter: repair, region: east}
      "9": {to: main, language: en}
      "4": ask_order
      "8": duty
      "#": bye
    timeout_s: 6
    tries: 3
    otherwise: sales
  repairs:
    type: menu
    text: {zh: 家用请按1，商用请按2。, en: "At home, press 1. At work, press 2."}
    options: {"1": service, "2": sales}
  ask_order:
    type: collect
    text: {zh: 请输入订单号。, en: Please enter your order number.}
    into: order
    min_digits: 6
    max_digits: 12
    check: luhn
    label: {zh: 订单, en: Order}
    next: lookup
    otherwise: service
  lookup: {type: say, text: {zh: "订单{order}。", en: "Order {order}."}, next: service}
  sales: {type: queue, queue: sales, full: message, timeout: message}
  service:
    type: queue
    queue: service
    needs: {english: 2}
    keys: {"1": call_back}
    text: {zh: 您的通话将被录音。, en: This call will be recorded.}
  call_back: {type: callback, queue: service, otherwise: message}
  duty: {type: transfer, expert: zhao, queue: service}
  message:
    type: voicemail
    text: {zh: 请留言。, en: Please leave a message.}
    max_s: 120
    next: bye
  bye: {type: hangup, text: {zh: 再见。, en: Goodbye.}}
"""


@dataclass(frozen=True)
class Broken:
    """One change that breaks the flow; the mistake stands where `at` does, which is what was written."""

    old: str
    new: str
    code: str
    node: str
    says: str
    at: str = ""
    more: tuple[str, ...] = ()
    """Codes of what is broken by that as well."""


NO_TARGET = [
    Broken("start: welcome", "start: wellcome", "missing_target", "", "perhaps 'welcome' is meant"),
    Broken("start: welcome\n", "", "missing_target", "", "'start' is missing", at="language: zh"),
    Broken("next: count", "next: cuont", "missing_target", "welcome", "perhaps 'count' is meant"),
    Broken("otherwise: hours", "otherwise: houres", "missing_target", "who", "perhaps 'hours' is meant"),
    Broken("    otherwise: hours\n", "", "missing_target", "who", "'otherwise' is missing", "  who:"),
    Broken("        to: hours\n", "        to: ours\n", "missing_target", "who", "perhaps 'hours' is meant"),
    Broken("to: vip}", "}", "missing_target", "who", "'to' is missing", "- {if", ("unreachable_node",)),
    Broken("goto, to: sales", "goto, to: sells", "missing_target", "vip", "perhaps 'sales' is meant"),
    Broken(
        "next: count",
        "next:",
        "missing_target",
        "welcome",
        "where callers go",
        "    next:\n",
        ("unreachable_node",),
    ),
    Broken("open: main", "open: mian", "missing_target", "hours", "'mian'"),
    Broken("    closed: message\n", "", "missing_target", "hours", "'closed' is missing", at="  hours:"),
    Broken('"#": bye', '"#": by', "missing_target", "main", "no node 'by'"),
    Broken('"#": bye', '"#":', "missing_target", "main", "where callers go"),
    Broken("{to: sales,", "{to: sale,", "missing_target", "main", "no node 'sale'"),
    Broken("{to: sales,", "{", "missing_target", "main", "'to' is missing", at='"1": {'),
    Broken("otherwise: sales", "otherwise: nobody", "missing_target", "main", "add the node"),
    Broken("timeout: message", "timeout: mesage", "missing_target", "sales", "perhaps 'message' is meant"),
    Broken('keys: {"1": call_back}', 'keys: {"1": callback}', "missing_target", "service", "'call_back'"),
    Broken("otherwise: message}", "otherwise: nowhere}", "missing_target", "call_back", "'nowhere'"),
    Broken(
        "otherwise: sales", "no_input: nobody\n    otherwise: sales", "missing_target", "main", "'nobody'"
    ),
    Broken("start: welcome", "failed: nowhere\nstart: welcome", "missing_target", "", "no node 'nowhere'"),
    Broken("next: bye", "next: good_night", "missing_target", "message", "no node 'good_night'"),
]
NO_WAY = [
    Broken("  bye: {", "  lost: {type: hangup}\n  bye: {", "unreachable_node", "lost", "leads to 'lost'"),
    Broken("next: who", "next: count", "endless_loop", "count", "→", "  count:", ("unreachable_node",)),
    Broken("goto, to: sales", "goto, to: count", "endless_loop", "count", "count → who → vip", "  count:"),
    Broken(
        "next: count",
        "next: welcome",
        "endless_loop",
        "welcome",
        "welcome → welcome",
        "  welcome:\n",
        ("unreachable_node",),
    ),
    Broken(
        "open: main",
        "open: welcome",
        "endless_loop",
        "welcome",
        "→ hours → welcome",
        "  welcome:\n",
        ("unreachable_node",),
    ),
    Broken("full: message", "full: sales", "endless_loop", "sales", "sales → sales", "  sales: {"),
    Broken(
        '"1": service, "2": sales}',
        '"1": bye}',
        "no_way_to_person",
        "repairs",
        "no key of this menu leads to",
        "  repairs:\n",
    ),
    Broken("full: message,", "closed: message,", "unreachable_exit", "sales", "'sales' has no calendar"),
]
NOT_SAID = [
    Broken(
        "    text: {zh: 请留言。, en: Please leave a message.}\n",
        "",
        "missing_prompt",
        "message",
        "add it",
        "  message:",
    ),
    Broken(
        "{zh: 请留言。, en: Please leave a message.}",
        "",
        "missing_prompt",
        "message",
        "write",
        "    text: \n    max_s",
    ),
    Broken(
        "{zh: 请留言。, en: Please leave a message.}",
        "{}",
        "missing_prompt",
        "message",
        "nothing is said",
        "{}",
    ),
    Broken("zh: 请留言。", 'zh: " "', "missing_prompt", "message", "what is to be said"),
    Broken("zh: 请留言。, ", "", "missing_language", "message", "missing in 'zh'", "{en: Please"),
    Broken(
        "      en: Hello. A visit costs {price}.\n",
        "",
        "missing_language",
        "welcome",
        "'en'",
        "    text:\n      zh: 您好",
    ),
    Broken("{zh: 购买, en: Sales}", "{zh: 购买}", "missing_language", "main", "'en'"),
    Broken(
        "language: zh\nlanguages: [zh, en]",
        "language: zh\nlanguages: [en]",
        "missing_language",
        "",
        "begins in 'zh'",
        "language: zh",
    ),
    Broken(
        "zh: 您好，上门费{price}。", "zh: 您好，上门费{prise}。", "unknown_variable", "welcome", "'prise'"
    ),
    Broken(
        "zh: 您好，上门费{price}。", "zh: 您好，上门费{Price}。", "unknown_variable", "welcome", "'Price'"
    ),
    Broken(
        "zh: 您好，上门费{price}。", "zh: 您好，上门费{ price }。", "unknown_variable", "welcome", "' price '"
    ),
    Broken("costs {price}.", "costs {price.", "unspeakable_prompt", "welcome", "a brace stands alone"),
    Broken("zh: 您好，上门费{price}。", "zh: 您好😀", "unspeakable_prompt", "welcome", "U+1F600"),
    Broken(
        "zh: 您好，上门费{price}。", "zh: Привет", "unspeakable_prompt", "welcome", "no voice can say 'П'"
    ),
    Broken("zh: 您好，上门费{price}。", 'zh: "您好\\a"', "unspeakable_prompt", "welcome", "U+0007"),
    Broken("zh: 请留言。", 'zh: "……！"', "unspeakable_prompt", "message", "nothing to say"),
    Broken("en: Goodbye.", "en: 再见。", "wrong_voice", "bye", "{zh: ...}"),
    Broken(
        "zh: 您好，上门费{price}。", "zh: 您好，please press one now。", "wrong_voice", "welcome", "{en: ...}"
    ),
]
UNKNOWN = [
    Broken("expert: zhao", "expert: zhou", "unknown_expert", "duty", "there: zhao"),
    Broken("expert: zhao", "on_call: nights", "unknown_on_call", "duty", "on_call.yaml (there: night)"),
    Broken("expert: zhao", "expert: zhao, on_call: night", "wrong_type", "duty", "one of the two", "  duty:"),
    Broken("expert: zhao, ", "", "wrong_type", "duty", "an on_call list", "  duty:"),
    Broken("zhao, queue: service", "zhao", "missing_field", "duty", "'queue' is missing", "  duty:"),
    Broken("queue: sales,", "queue: sale,", "unknown_queue", "sales", "there: sales, service"),
    Broken(
        "{type: callback, queue: service",
        "{type: callback, queue: services",
        "unknown_queue",
        "call_back",
        "'services'",
    ),
    Broken("calendar: office", "calendar: offices", "unknown_calendar", "hours", "there: holidays, office"),
    Broken("region: east", "region: south", "unknown_region", "main", "there: east, west"),
    Broken("    tries: 3", "    trys: 3", "unknown_field", "main", "check its spelling"),
    Broken(
        "languages: [zh, en]",
        "languages: [zh, en]\nlangauge: en",
        "unknown_field",
        "",
        "'langauge'",
        "langauge",
    ),
    Broken("    calendar: office\n", "", "missing_field", "hours", "'calendar' is missing", "  hours:"),
    Broken(
        '    options: {"1": service, "2": sales}',
        "    options: {}",
        "missing_field",
        "repairs",
        "where callers go",
    ),
    Broken("    type: voicemail\n", "", "missing_field", "message", "types are: say, menu", "  message:"),
]
WRONG = [
    Broken("timeout_s: 6", "timeout_s: soon", "wrong_type", "main", "'soon'"),
    Broken("timeout_s: 6", "timeout_s: 0", "wrong_type", "main", "greater than 0"),
    Broken("tries: 3", "tries: 2.5", "wrong_type", "main", "valid integer"),
    Broken("max_s: 120", "max_s: [1]", "wrong_type", "message", "[1]"),
    Broken("{english: 2}", "{english: much}", "wrong_type", "service", "'much'"),
    Broken("region: east", "boost: 5", "unknown_field", "main", "'boost'"),
    Broken(
        "    max_s: 120\n",
        "    max_s: 5\n    min_s: 5\n",
        "wrong_type",
        "message",
        "make min_s smaller",
        "    min_s: 5",
    ),
    Broken("    type: voicemail", "    type: voicebox", "wrong_type", "message", "'voicebox' is no type"),
    Broken('"#": bye', '"##": bye', "wrong_type", "main", "a key is one of 0-9, * and #"),
    Broken('"#": bye', '"#": [bye]', "wrong_type", "main", "['bye']"),
    Broken("language: zh\n", "language: fr\n", "wrong_type", "", "'zh' or 'en'"),
    Broken("{zh: 请留言。, en: Please leave a message.}", "请留言。", "wrong_type", "message", "fields"),
    Broken('value: "19.90"', "value: cheap", "wrong_type", "", "'cheap' is not a money"),
    Broken('value: "19.90"', "value: true", "wrong_type", "", "True"),
    Broken('value: "2026-10-01"', 'value: "2026-13-01"', "wrong_type", "", "'2026-13-01' is not a date"),
    Broken("type: money", "type: euro", "wrong_type", "", "'euro'"),
    Broken("  price: {", "  Price: {", "wrong_type", "", "small letters", more=("unknown_variable",)),
]
SAID_TWICE = ("duplicate_phrase", "main")
TWICE = [
    Broken(
        '"2": {to: repairs',
        '"1": {to: repairs',
        "duplicate_key",
        "main",
        "'1' stands here a second time",
        more=("unreachable_node",),
    ),
    Broken('"9": {to: main', "1: {to: main", "duplicate_key", "main", "'1'"),
    Broken(
        "  bye: {",
        "  sales: {",
        "duplicate_key",
        "sales",
        "'sales'",
        "  sales: {type: hangup",
        more=("missing_target",),
    ),
    Broken(
        "    tries: 3\n",
        "    tries: 3\n    timeout_s: 9\n",
        "duplicate_key",
        "main",
        "'timeout_s'",
        "timeout_s: 9",
    ),
    Broken(
        "languages: [zh, en]\n",
        "languages: [zh, en]\nlanguage: en\n",
        "duplicate_key",
        "",
        "'language'",
        "language: en\n",
    ),
    Broken(
        "  opened: {",
        "  today: {",
        "duplicate_key",
        "",
        "'today' stands for something",
        more=("unknown_variable",),
    ),
    Broken("label: {zh: 购买, en: Sales}", "say: {zh: 人工}", *SAID_TWICE, "understood everywhere"),
    Broken("label: {zh: 购买, en: Sales}", "say: {zh: [买, 二]}", *SAID_TWICE, "the key 2 itself"),
    Broken("label: {zh: 购买, en: Sales}", "say: {en: Press nine}", *SAID_TWICE, "the key 9 itself"),
    Broken(
        "region: east}",
        "region: east, say: {zh: 英语}}\n      '0': {to: sales, say: {zh: [英语]}}",
        *SAID_TWICE,
        "'英语' is said for the key 2",
        at="'0': {to: sales",
    ),
]
NO_YAML = [
    Broken("    next: count", "\tnext: count", "bad_yaml", "", "\\t", "\tnext"),
    Broken("    next: count", "     next: count", "bad_yaml", "", "<block end>"),
    Broken(
        "{zh: 再见。, en: Goodbye.}}", "{zh: 再见。, en: Goodbye.}", "bad_yaml", "", "expected ',' or '}'"
    ),
    Broken('value: "19.90"', 'value: "19.90', "bad_yaml", "", "expected ',' or '}'"),
    Broken('"#": bye', "*: bye", "bad_yaml", "", "':'", "    timeout_s"),
]
