"""Flows at random, and what may happen to callers in them."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from ivr.nodes import QUEUE_EXITS
from ivr.turn import (
    Entered,
    ErrandDone,
    Event,
    KeyPressed,
    MessageTaken,
    NodeFailed,
    NoRoom,
    NotHeard,
    NothingPressed,
    Said,
    SentAway,
    Typed,
)

TEXT = {"zh": "您好{caller_name}", "en": "Hello {caller_name}"}
VARIABLES = {
    "count": {"type": "number", "value": 0},
    "word": {"type": "text"},
    "day": {"type": "date"},
}
READ = {"zh": "{word}", "en": "{word}"}
NAMES = ("a", "b", "c", "d", "e")

expressions = st.sampled_from(
    [
        *(
            "count + 1",
            "count * count + 9",
            "1 / count",
            "count % 2 == 0",
            "-count < gone",
            "word + word",
            "'a'",
        ),
        *("today + count", "weekday(day) in [6, 7]", "date(word)", "known(word) and count > 2", "true"),
        *("left(word, count)", "number(word)", "caller_level == 'vip'", "now >= time('09:00')", "not word"),
    ]
)
targets = st.sampled_from((*NAMES, "nowhere"))
random_nodes = st.one_of(
    st.fixed_dictionaries({"type": st.just("say"), "text": st.just(TEXT), "next": targets}),
    st.fixed_dictionaries(
        {
            "type": st.just("menu"),
            "text": st.just({"en": "Press"}),
            "options": st.dictionaries(st.sampled_from("0123*#"), targets, min_size=1),
        },
        optional={
            "otherwise": targets,
            "no_input": targets,
            "wrong_input": targets,
            "tries": st.integers(1, 3),
            "no_input_text": st.just(TEXT),
            "wrong_input_text": st.just(TEXT),
        },
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("hours"),
            "calendar": st.sampled_from(("office", "gone")),
            "open": targets,
            "closed": targets,
        }
    ),
    st.fixed_dictionaries(
        {"type": st.just("queue"), "queue": st.just("sales")},
        optional={"full": targets, "closed": targets, "timeout": targets},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("set"),
            "values": st.dictionaries(st.sampled_from((*VARIABLES, "gone")), expressions, min_size=1),
            "next": targets,
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("condition"),
            "cases": st.lists(
                st.fixed_dictionaries({"if": expressions, "to": targets}), min_size=1, max_size=3
            ),
            "otherwise": targets,
        }
    ),
    st.fixed_dictionaries({"type": st.just("goto"), "to": targets}),
    st.fixed_dictionaries({"type": st.just("goto"), "flow": st.sampled_from("fgh")}),
    st.fixed_dictionaries({"type": st.just("subflow"), "flow": st.sampled_from("fgh"), "next": targets}),
    st.just({"type": "return"}),
    st.fixed_dictionaries(
        {
            "type": st.just("collect"),
            "text": st.just(TEXT),
            "into": st.sampled_from((*VARIABLES, "gone")),
            "next": targets,
        },
        optional={
            "otherwise": targets,
            "no_input": targets,
            "read_back": st.booleans(),
            "check": st.sampled_from(("luhn", "mod11_2", "mod11_10", "resident_id")),
            "label": st.just({"en": "Number"}),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("sms"), "message": st.just(READ), "number": expressions, "next": targets},
        optional={"failed": targets},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("ticket"),
            "ticket": st.just("inquiry"),
            "title": st.just({"en": "{count}"}),
            "into": st.dictionaries(st.sampled_from((*VARIABLES, "gone")), st.sampled_from("fg")),
            "next": targets,
        },
        optional={"failed": targets, "description": st.just(READ)},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("lookup"),
            "lookup": st.just("order"),
            "give": st.dictionaries(st.sampled_from("pq"), expressions),
            "into": st.dictionaries(st.sampled_from((*VARIABLES, "gone")), st.sampled_from("fg")),
            "found": targets,
        },
        optional={"missing": targets, "failed": targets},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("listen"),
            "text": st.just(TEXT),
            "into": st.sampled_from((*VARIABLES, "gone")),
            "next": targets,
        },
        optional={"otherwise": targets, "tries": st.integers(1, 3), "label": st.just({"en": "Words"})},
    ),
    st.fixed_dictionaries(
        {"type": st.just("voicemail"), "text": st.just(TEXT)},
        optional={"next": targets, "review": st.booleans()},
    ),
    st.fixed_dictionaries(
        {"type": st.just("transfer"), "expert": st.just("zhao"), "queue": st.just("sales")},
        optional={"otherwise": targets},
    ),
    st.sampled_from(({"type": "hangup"}, {"type": "progress", "found": "a", "unproven": "b"})),
    st.fixed_dictionaries(
        {"type": st.just("identify"), "member": expressions, "found": targets},
        optional={
            "trust": st.sampled_from(("proof", "number")),
            "proof": expressions,
            "into": st.just({"order": "name", "is_new": "proven"}),
            "unproven": targets,
        },
    ),
)
random_flows = st.dictionaries(st.sampled_from(NAMES), random_nodes, min_size=1)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(KeyPressed, key=st.sampled_from("0123456789*#")),
    st.just(NothingPressed()),
    st.builds(Typed, digits=st.text("0123456789*", max_size=32)),
    st.just(MessageTaken()),
    st.just(NoRoom()),
    st.just(NodeFailed()),
    st.just(Entered()),
    st.builds(SentAway, why=st.sampled_from(QUEUE_EXITS)),
    st.builds(
        Said,
        text=st.one_of(
            st.sampled_from(("一", "人工", "返回", "重复", "是", "不是", "press two", "operator", "back")),
            st.text(max_size=20),
        ),
        confidence=st.floats(0, 1),
    ),
    st.just(NotHeard()),
    st.builds(
        ErrandDone,
        way=st.sampled_from(("found", "missing", "unproven", "failed", "next", "into", "nonsense")),
        fields=st.dictionaries(st.sampled_from("fg"), st.text(max_size=20)),
    ),
)
days = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
