import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.asterisk.agi_codec import (
    LINE_BYTES_MAX,
    AgiDecoder,
    AgiProtocolError,
    ChannelDead,
    CommandRefused,
    Environment,
    HangupNotice,
    Item,
    Reply,
    encode_command,
    quote,
)
from telephony.errors import UnsafeValue

HOSTILE_NAMES = [
    b"Zhang\r\nAction: Hangup",
    b"a\x00b",
    b'say "hello" \\ world',
    b"x,HL_CALLER=PJSIP/1",
    b"${SHELL(id)}",
    "王小姐 😀".encode(),
    "王小姐".encode("gbk"),
    b"\xff\xfe\xfd",
    b"HANGUP",
    b"200 result=1",
]
ENVIRONMENT = b"agi_request: agi://x/arrived\nagi_uniqueid: h-1.1\n\n"
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=300)


def decoder_after_environment() -> AgiDecoder:
    decoder = AgiDecoder()
    decoder.feed(ENVIRONMENT)
    return decoder


def unquoted(command: bytes) -> list[str]:
    """Reads a command line as Asterisk's parse_args does."""
    words, word, is_quoted, is_escaped = [], "", False, False
    for letter in command.decode("utf-8", "surrogateescape").removesuffix("\n"):
        if is_escaped:
            word, is_escaped = word + letter, False
        elif letter == "\\":
            is_escaped = True
        elif letter == '"':
            is_quoted = not is_quoted
            word += "\x00" if word == "" else ""
        elif letter == " " and not is_quoted:
            words.append(word)
            word = ""
        else:
            word += letter
    return [word.replace("\x00", "") for word in [*words, word]]


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_arguments_arrive_as_they_were_meant(arguments: list[str]) -> None:
    command = encode_command("NAME", *arguments)
    assert command.count(b"\n") == 1
    assert unquoted(command) == ["NAME", *arguments]


@given(st.text(min_size=0), st.sampled_from("\r\n\0\x1b\x7f"), st.text())
def test_control_characters_are_never_sent(before: str, control: str, after: str) -> None:
    with pytest.raises(UnsafeValue):
        quote(before + control + after)


def test_a_command_that_asterisk_would_cut_is_refused() -> None:
    with pytest.raises(UnsafeValue):
        encode_command("NAME", "x" * 2000)


@given(st.data())
def test_the_decoder_reads_the_same_however_the_bytes_are_cut(data: st.DataObject) -> None:
    stream = ENVIRONMENT + b"200 result=1 (a (b) c)\nHANGUP\n200 result=0 endpos=8000\n"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    decoder, items = AgiDecoder(), list[Item]()
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        items += decoder.feed(stream[start:end])
    assert items == [
        Environment({"agi_request": "agi://x/arrived", "agi_uniqueid": "h-1.1"}),
        Reply("1", "a (b) c"),
        HangupNotice(),
        Reply("0"),
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    for decoder in (AgiDecoder(), decoder_after_environment()):
        try:
            decoder.feed(noise)
        except AgiProtocolError:
            continue


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_changes_nothing_else(name: bytes) -> None:
    first = name.split(b"\n")[0]
    lines = b"agi_uniqueid: h-1.1\nagi_calleridname: " + first + b"\nagi_uniqueid: stolen\n\n"
    [environment] = AgiDecoder().feed(lines)
    assert isinstance(environment, Environment)
    assert environment.values["agi_uniqueid"] == "h-1.1"
    assert environment.values["agi_calleridname"].encode("utf-8", "surrogateescape") == first


@pytest.mark.parametrize("value", ["hangup", "HANGUP", "x) endpos=5", ")", "(", "a\\b"])
def test_a_variables_value_is_read_whole(value: str) -> None:
    assert decoder_after_environment().feed(f"200 result=1 ({value})\n".encode()) == [Reply("1", value)]


def test_refusals_are_told_apart_and_the_whole_usage_is_read() -> None:
    decoder = decoder_after_environment()
    usage = (
        b"520-Invalid command syntax.  Proper usage follows:\nUsage: X\n  more\n520 End of proper usage.\n"
    )
    refused, unknown, dead, fine = decoder.feed(
        usage
        + b"510 Invalid or unknown command\n"
        + b"511 Command Not Permitted on a dead channel\n"
        + b"100 Trying\n200 result=0\n"
    )
    assert isinstance(refused, CommandRefused)
    assert "Usage: X" in str(refused)
    assert isinstance(unknown, CommandRefused)
    assert isinstance(dead, ChannelDead)
    assert fine == Reply("0")


@pytest.mark.parametrize(
    "flood",
    [
        b"x" * (LINE_BYTES_MAX + 1),
        b"agi_x: y\n" * 300,
        b"GET / HTTP/1.1\r\n\r\n",
        ENVIRONMENT + b"520-begin\n" + b"line\n" * 200,
        ENVIRONMENT + b"what?\n",
    ],
)
def test_floods_and_other_protocols_are_refused(flood: bytes) -> None:
    with pytest.raises(AgiProtocolError):
        AgiDecoder().feed(flood)
