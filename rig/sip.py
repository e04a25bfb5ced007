"""As much of SIP messages as a simulated agent's phone needs (RFC 3261 §7, RFC 2617 digest)."""

import hashlib
import re
import secrets
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """A request or response, taken apart."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def method(self) -> str:
        """The request's method; "SIP/2.0" for a response."""
        return self.start.split(" ", 1)[0]

    @property
    def status(self) -> int:
        """The response's code; 0 for a request."""
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0") else 0

    def get(self, name: str) -> str:
        """The first header of that name, or ""."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        return [v for k, v in self.headers if k.lower() == name.lower()]


_COMPACT = {
    "v": "Via",
    "f": "From",
    "t": "To",
    "i": "Call-ID",
    "m": "Contact",
    "l": "Content-Length",
    "c": "Content-Type",
}


def parse(text: str) -> Message:
    """Takes a message apart."""
    head, _, body = text.partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    pairs = [line.partition(":") for line in lines]
    headers = tuple((_COMPACT.get(k.strip(), k.strip()), v.strip()) for k, _, v in pairs)
    return Message(start, headers, body)


def build(start: str, headers: list[tuple[str, str]], body: str = "") -> str:
    """Puts a message together."""
    length = ("Content-Length", str(len(body.encode())))
    return "\r\n".join([start, *(f"{k}: {v}" for k, v in [*headers, length])]) + "\r\n\r\n" + body


def response_to(request: Message, status: str, *, tag: str, contact: str = "", body: str = "") -> str:
    """A response to a request, in its dialog."""
    to = request.get("To")
    headers = [("Via", via) for via in request.all("Via")]
    headers += [("Record-Route", route) for route in request.all("Record-Route")]
    headers += [
        ("From", request.get("From")),
        ("To", to if "tag=" in to or status.startswith("100") else f"{to};tag={tag}"),
        ("Call-ID", request.get("Call-ID")),
        ("CSeq", request.get("CSeq")),
    ]
    if contact:
        headers.append(("Contact", f"<{contact}>"))
    if body:
        headers.append(("Content-Type", "application/sdp"))
    return build(f"SIP/2.0 {status}", headers, body)


def digest(challenge: str, *, username: str, ha1: str, method: str, uri: str) -> str:
    """The Authorization header's value for a challenge (MD5, qop=auth)."""
    fields = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    cnonce = secrets.token_hex(8)
    ha2 = hashlib.md5(f"{method}:{uri}".encode()).hexdigest()  # noqa: S324 - the protocol's digest
    proof = f"{ha1}:{fields['nonce']}:00000001:{cnonce}:auth:{ha2}"
    answer = hashlib.md5(proof.encode()).hexdigest()  # noqa: S324 - the protocol's digest
    parts = {
        "username": username,
        "realm": fields["realm"],
        "nonce": fields["nonce"],
        "uri": uri,
        "response": answer,
    }
    parts["cnonce"] = cnonce
    if "opaque" in fields:
        parts["opaque"] = fields["opaque"]
    quoted = ", ".join(f'{k}="{v}"' for k, v in parts.items())
    return f"Digest {quoted}, algorithm=MD5, qop=auth, nc=00000001"


def media_address(description: str) -> tuple[str, int]:
    """Where a session description wants its audio (RFC 4566)."""
    host = re.search(r"^c=IN IP4 (\S+)", description, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", description, re.MULTILINE)
    assert host is not None
    assert port is not None
    return host[1], int(port[1])


def description(host: str, port: int) -> str:
    """A session description that offers μ-law and keys."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n"
    )
