"""A second Asterisk that plays a desk phone, because it can speak TLS and SRTP."""

from dataclasses import dataclass
from pathlib import Path

from telephony.model import Device
from tests.asterisk.private_asterisk import PrivateAsterisk, prepare

TONE_HZ = 1300

PJSIP = """\
[global]
type = global
[tls]
type = transport
protocol = tls
bind = 127.0.0.1:0
method = tlsv1_2
ca_list_file = {authority}
verify_server = yes
[server]
type = registration
transport = tls
outbound_auth = server
server_uri = sip:127.0.0.1:{port}\\;transport=tls
client_uri = sip:{name}@127.0.0.1
contact_user = {name}
expiration = 40
[server]
type = auth
auth_type = digest
username = {name}
password = {password}
[server]
type = aor
[server]
type = identify
endpoint = server
match = 127.0.0.1
[server]
type = endpoint
context = phone
aors = server
disallow = all
allow = ulaw
direct_media = no
{secrecy}
"""
DIALPLAN = """\
[phone]
exten => {name},1,Ringing()
 same => n,Answer()
 same => n,Set(SECURE=${{CHANNEL(rtp,secure)}})
 same => n,MixMonitor(,ar({heard}))
 same => n,PlayTones({tone})
 same => n,Wait(60)
"""


@dataclass(frozen=True, slots=True)
class FarPhone:
    """The phone, and what it hears."""

    asterisk: PrivateAsterisk
    heard: Path

    def shows(self) -> str:
        """All that it says of the call that it has."""
        channels = self.asterisk.console("core show channels concise").split("!")
        return self.asterisk.console(f"core show channel {channels[0]}")

    def is_registered(self) -> bool:
        """As it sees it itself."""
        return "Registered" in self.asterisk.console("pjsip show registrations").replace("Unregistered", "")


def far_phone(
    folder: Path, device: Device, password: str, *, port: int, authority: Path, speaks_srtp: bool = True
) -> FarPhone:
    """Starts it; it registers by itself."""
    asterisk = prepare(folder)
    heard = folder / "heard.wav"
    secrecy = "media_encryption = sdes" if speaks_srtp else ""
    etc = asterisk.places.instance / "etc"
    (etc / "pjsip.conf").write_text(
        PJSIP.format(port=port, name=device.id, password=password, authority=authority, secrecy=secrecy)
    )
    (etc / "extensions.conf").write_text(DIALPLAN.format(name=device.id, heard=heard, tone=TONE_HZ))
    asterisk.start()
    return FarPhone(asterisk, heard)
