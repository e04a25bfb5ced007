"""Plays one drill: a private installation, calls in every state, the fault, and what became of them."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from drill import faults, site
from drill.called_back import CalledBack, Phones
from drill.crew import TONES_HZ, Crew, at_work
from drill.evidence import Ear, history_of, history_of_talk, read_books, story_of
from drill.judgement import AGENT_WITHIN_S, judge, order_problem, spans_of
from drill.kept import judge_promises
from drill.place import folder_of, precedence, running, ticking
from drill.report import Report
from drill.scene import Caught, NotSet, Stage, set_scene, until
from drill.states import MENU, STATES, TROUPES, WAITING
from drill.switch_view import SwitchView, look
from drill.talks import Cast, begin_talks, go_on
from kernel.errors import HotlineError
from rig.customers import Caller, NoAnswer, dial
from rig.instance import Instance
from speech.settings import SynthesisSettings
from speech.voices import Voices

STAGGER_S = 0.4
"""By so much each agent answers and hangs up later than the one before: some while nobody is there, some
while the new server takes over, some when all is well again."""
STAGGERED_MAX = 16
BEFORE_FAULT_S = 2.0
"""How long everything stands before the fault, so that what was heard before is known."""
TOGETHER_S = 2.0
"""So long those who talk together do nothing when all is back: the new server must leave them alone."""
LISTEN_AGAIN_S = 9.0
"""A menu's caller hears the prompt twice before pressing a key; once takes about five seconds."""
OVER_WITHIN_S = AGENT_WITHIN_S + 10
DEAD_WITHIN_S = 5.0
FRESH_CALL_NUMBER = "13900000000"
FRESH_CALL_WITHIN_S = 30.0
SETTLED_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked for."""

    fault: str
    n: int
    n_talks: int
    """Calls in each state of those in which several people talk, or one is on hold."""
    states: Sequence[str] = STATES
    browsers: int = 2
    keep: Path | None = None
    """Where the installation's data and logs stay; None: they go with the drill."""


async def play(plan: Plan, say: Callable[[str], None]) -> Report:
    """Everything that is started here ends here."""
    with folder_of(plan.keep, "hotline-drill-") as folder:
        instance = Instance(folder, site.SETTINGS)
        talks = [state for state in TROUPES if state in plan.states]
        sign_ins = await site.lay_out(instance.data, 2 * plan.n, talks=talks, n_talks=plan.n_talks)
        say("starting a private installation …")
        async with running(instance), ticking() as clock:
            say(f"signing in {sign_ins.count} agents, {plan.browsers} of them at browsers …")
            async with at_work(instance, clock, sign_ins, browsers=plan.browsers) as crew:
                stage = Stage(
                    instance=instance,
                    clock=clock,
                    crew=crew,
                    states=plan.states,
                    n=plan.n,
                    n_talks=plan.n_talks,
                )
                await crew.go_before_other_programs()
                with precedence(), closing(Phones(clock)) as phones:
                    await phones.open()
                    clock.longest_stall_s = 0.0
                    return await _Drill(plan, stage, CalledBack(stage, phones), say).run()


@dataclass(frozen=True, slots=True)
class _Played:
    """What there is to be judged."""

    caught: Sequence[Caught]
    casts: Sequence[Cast]
    before: SwitchView
    back_after_s: float


@dataclass(frozen=True, slots=True)
class _Drill:
    plan: Plan
    stage: Stage
    back: CalledBack
    say: Callable[[str], None]

    @property
    def losses_are_allowed(self) -> bool:
        return self.plan.fault == "asterisk"

    async def run(self) -> Report:
        self.say(f"bringing calls into: {', '.join(self.plan.states)} …")
        async with asyncio.TaskGroup() as beside:
            beside.create_task(self.back.promise())
            talks = beside.create_task(begin_talks(self.stage))
        casts = talks.result()
        caught, before = await set_scene(self.stage)
        await self.back.ring()
        everybody = [*caught, *(cast.caught for cast in casts)]
        async with asyncio.TaskGroup() as following:
            tasks = [following.create_task(one.follow()) for one in everybody]
            await self.stage.crew.fallback.ready()
            await asyncio.sleep(BEFORE_FAULT_S)
            fault = faults.do(self.plan.fault, self.stage.instance)
            self.say(f"{self.plan.fault}: done; waiting for what becomes of the calls …")
            released = following.create_task(self._release(self.stage.crew))
            following.create_task(self.back.answer(fault))
            restarted_at_s = await faults.until_back(fault, self.stage.instance)
            back_after_s = time.monotonic() - fault.at_s
            await self._go_on(caught, casts, released)
            # With their switch all calls are dead, though nobody tells the customers.
            within_s = DEAD_WITHIN_S if self.losses_are_allowed else OVER_WITHIN_S
            left_s = within_s - (time.monotonic() - fault.at_s)
            if tasks:  # who is only called back is not on the phone now
                await asyncio.wait(tasks, timeout=max(0.0, left_s))
            over_at_s = time.monotonic()
            for task in tasks:
                task.cancel()
            await self.back.until_kept(fault.at_s + OVER_WITHIN_S)
        ear = Ear(
            fault=fault,
            restarted_at_s=restarted_at_s,
            tones_hz=TONES_HZ,
            menu_prompt=await self._menu_prompt(),
            over_at_s=over_at_s,
            stalled_s=self.stage.clock.longest_stall_s,
        )
        for one in (*everybody, *(customer.caught for customer in self.back.customers)):
            await one.customer.vanish()
        return await self._report(_Played(caught, casts, before, back_after_s), ear)

    async def _release(self, crew: Crew) -> None:
        """Agents answer what rings, and hang up, one after the other."""
        crew.fallback.may_answer.set()
        crew.fallback.may_hang_up.set()
        for index, (talker, ringer) in enumerate(zip(crew.talkers, crew.ringers, strict=True)):
            for sign in (talker.may_hang_up, talker.may_answer, ringer.may_answer, ringer.may_hang_up):
                sign.set()
            if index < STAGGERED_MAX:
                await asyncio.sleep(STAGGER_S)

    async def _go_on(
        self, caught: Sequence[Caught], casts: Sequence[Cast], released: asyncio.Task[None]
    ) -> None:
        """Talks go on with the new server; those in the menu press their key once they heard it again."""
        async with asyncio.TaskGroup() as beside:
            if not self.losses_are_allowed:
                beside.create_task(self._go_on_talking(casts))
            await released
            await self._leave_menu([one for one in caught if one.state == MENU])

    async def _go_on_talking(self, casts: Sequence[Cast]) -> None:
        await asyncio.sleep(TOGETHER_S)
        await go_on(casts)

    async def _leave_menu(self, in_menu: Sequence[Caught]) -> None:
        menu = [] if self.losses_are_allowed else in_menu
        if menu:
            await asyncio.sleep(LISTEN_AGAIN_S)
        # Before these ring: a call closes the menu of states that an agent is about to click.
        for member in self.stage.crew.members:
            with contextlib.suppress(HotlineError):
                await member.ready()
        for one in menu:
            one.customer.press(site.QUEUE_KEY)

    async def _menu_prompt(self) -> Path:
        settings = SynthesisSettings(words_per_minute=site.WORDS_PER_MINUTE)
        folder = self.stage.instance.data / "cache" / "prompts"
        async with Voices(settings, folder) as synthesiser:
            return await synthesiser.render(site.INNER_TEXT, "zh")

    async def _report(self, played: _Played, ear: Ear) -> Report:
        fresh_call_works = await self._fresh_call()
        await self._settle()
        books = read_books(self.stage.instance.data, ear.fault.at_wall_s)
        self.say("listening to what was heard …")
        histories = [await asyncio.to_thread(history_of, one, ear, books) for one in played.caught]
        histories += [await asyncio.to_thread(history_of_talk, one, ear, books) for one in played.casts]
        is_server = faults.PART[self.plan.fault] == "server"
        order = played.before.in_key_order(WAITING) if is_server else ()
        offered = [call for call in books.offered if call in set(order)]
        told = (*books.outcomes.values(), *books.outcomes_of_placed.values())
        outcomes = [outcome for found in told for outcome in found]
        stories = [
            await asyncio.to_thread(story_of, one, self.back, ear, books) for one in self.back.customers
        ]
        return Report(
            fault=self.plan.fault,
            calls_per_state=self.plan.n,
            judgement=judge(histories, must_hear_node=is_server),
            promises=judge_promises(stories, books.offered, calls_die=ear.fault.kills_calls),
            ledger_calls=len(outcomes),
            ledger_outcomes=sum(outcome != "open" for outcome in outcomes),
            back_after_s=played.back_after_s,
            left_over=len((await look(self.stage.instance)).calls),
            fresh_call_works=fresh_call_works,
            order_problem=order_problem(order, offered),
            offered_by_new_server=len(offered) if is_server else None,
            rig_stalled_s=ear.stalled_s,
            losses_are_allowed=self.losses_are_allowed,
        )

    async def _fresh_call(self) -> bool:
        line = (self.stage.clock, self.stage.instance.trunk)
        customer = await dial(line, Caller(number=FRESH_CALL_NUMBER), to=site.NUMBER)
        try:
            await customer.first_sound()
            customer.press(site.QUEUE_KEY)
            code = await customer.until_over(FRESH_CALL_WITHIN_S)
            tones_hz = [member.tone_hz for member in self.stage.crew.members]
            return code == 0 and bool(spans_of(customer.listen(), tones_hz, since_s=customer.dialled_at_s))
        except (TimeoutError, NoAnswer):
            return False
        finally:
            await customer.vanish()

    async def _settle(self) -> None:
        """What is left in the switch or open in the ledger after this is told in the report as a fault."""
        with contextlib.suppress(NotSet):
            await until(self._is_empty, SETTLED_WITHIN_S, "an empty switch")
            await until(self._is_written, SETTLED_WITHIN_S, "an outcome for every call")

    async def _is_written(self) -> bool:
        books = read_books(self.stage.instance.data, 0.0)
        told = (*books.outcomes.values(), *books.outcomes_of_placed.values())
        return all("open" not in found for found in told)

    async def _is_empty(self) -> bool:
        view = await look(self.stage.instance)
        return not view.calls and not view.legs
