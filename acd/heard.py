"""What routing learns without being asked."""

from acd.engine import inputs
from telephony import events

HEARD = (
    events.Joined,
    events.Consulting,
    events.Dialling,
    events.LegRinging,
    events.LegEnded,
    events.CallPlaced,
    events.CallEnded,
    events.CallClosed,
    events.Watching,
    events.WatchEnded,
    events.DeviceRegistered,
    events.DeviceUnregistered,
    events.SwitchConnected,
    events.SwitchDisconnected,
    inputs.RingFailed,
    inputs.NotCalled,
    inputs.Tick,
)
"""What routing learns from the switch, from its own orders and from the clock."""
