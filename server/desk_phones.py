"""Desk phones with all that they need of other parts."""

from agent_ui.board import Board
from agent_ui.desk_phones import DeskPhones, SipPlace
from agent_ui.store import DeskPhoneStore
from infra.sealed import Seal
from server.installation import is_loopback
from server.parts import Foundation, Records, Talk


def desk_phones_of(foundation: Foundation, talk: Talk, records: Records, board: Board) -> DeskPhones:
    """The phones that agents have on their desks."""
    settings = foundation.settings
    return DeskPhones(
        switch=talk.switch,
        shelf=DeskPhoneStore(foundation.database, Seal(settings.places.desk_phones_key)),
        board=board,
        trail=records.staff.accounts,
        people=records.directory,
        tasks=foundation.tasks,
        clock=foundation.clock,
        settings=settings.web,
        place=SipPlace(
            address=settings.telephony.media_address or "",
            port=settings.telephony.sip_port,
            tls_port=settings.telephony.tls_port,
            is_loopback=is_loopback(settings.telephony.sip_address),
        ),
    )
