"""Routing's reasons as pages show them."""

from acd.model import Explanation
from agent_ui.views import WhyYou
from telephony.model import BoostSource


def why_view(explanation: Explanation) -> WhyYou:
    """Routing's reason as pages show it."""
    return WhyYou(
        code=explanation.why,
        boost_s=explanation.boost_s,
        overtook=explanation.overtook,
        held_for_sticky_s=explanation.held_for_sticky_s,
        idle_s=explanation.idle_s,
        candidates=explanation.candidates,
        lost_wait_s=sum(
            boost.seconds or 0.0 for boost in explanation.boosts if boost.source is BoostSource.LOST_WAIT
        ),
        is_relaxed=explanation.needs != explanation.asked,
        region=explanation.home.region,
        region_by=explanation.home.by,
        branch=explanation.branch,
        is_help=explanation.is_help,
    )
