"""The pages' types are generated from `agent_ui/web/openapi.json`: it must say what is served."""

import inspect
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from acd.http import AcdApi
from acd.serving_http import serving_routes
from agent_ui.callbacks import callback_routes
from agent_ui.calls import call_routes
from agent_ui.desk_phone_http import desk_phone_routes
from agent_ui.hearers import hearer_routes
from agent_ui.helping import help_routes
from agent_ui.http import phone_routes
from agent_ui.missed import missed_routes
from agent_ui.openapi import describe
from agent_ui.queued import queued_routes
from agent_ui.recorded import recording_routes
from agent_ui.sendings import talk_routes
from agent_ui.sessions import session_routes
from agent_ui.supervising import supervising_routes
from agent_ui.transcripts import transcript_routes
from agent_ui.views import PUSHED
from customers.http import customer_routes, region_routes
from customers.listing_http import listing_routes
from infra.web import Route
from ivr.http import flow_routes
from ivr.recording_http import site_recording_routes
from ivr.workbench_http import workbench_routes
from outbound.http import calling_routes, do_not_call_routes
from staff.expert_http import expert_routes
from staff.http import staff_routes
from tickets.attachments.http import attachment_routes
from tickets.deadlines.http import deadline_routes
from tickets.http import ticket_routes
from tickets.rating_http import rating_routes
from tickets.surveys.http import survey_routes
from tickets.thread_http import thread_routes
from tickets.workflow.http import workflow_routes

DESCRIPTION = Path(__file__).parents[3] / "agent_ui" / "web" / "openapi.json"


def _declared(routes: Callable[..., list[Route]]) -> list[Route]:
    """Routes can be described without what they serve."""
    return routes(*[cast("Any", None)] * len(inspect.signature(routes).parameters))


def test_the_pages_know_the_api_as_it_is() -> None:
    routes = [
        route
        for slice_routes in (
            session_routes,
            phone_routes,
            desk_phone_routes,
            AcdApi(cast("Any", None)).routes,
            call_routes,
            recording_routes,
            hearer_routes,
            transcript_routes,
            rating_routes,
            queued_routes,
            callback_routes,
            missed_routes,
            supervising_routes,
            help_routes,
            talk_routes,
            calling_routes,
            do_not_call_routes,
            customer_routes,
            region_routes,
            listing_routes,
            serving_routes,
            ticket_routes,
            deadline_routes,
            workflow_routes,
            thread_routes,
            attachment_routes,
            survey_routes,
            staff_routes,
            expert_routes,
            flow_routes,
            site_recording_routes,
            workbench_routes,
        )
        for route in _declared(slice_routes)
    ]
    served = describe(routes, version="pages", cookie_name="hotline", pushed=PUSHED)
    text = json.dumps(served, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("HOTLINE_WRITE_PAGE_TYPES"):
        DESCRIPTION.write_text(text, encoding="utf-8")
    assert json.loads(DESCRIPTION.read_text(encoding="utf-8")) == json.loads(text), (
        "run this test with HOTLINE_WRITE_PAGE_TYPES=1 and then the pages' checks"
    )
