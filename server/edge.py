"""The edge: nginx, told what to serve and where the server and Asterisk listen."""

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.toolchain.asterisk import AsteriskTree
from kernel.errors import InvalidInput

TEMPLATE = Path(__file__).with_name("edge.conf")
HTTPS_ONLY_S = 365 * 24 * 3600


@dataclass(frozen=True)
class EdgeLimits:
    """Against floods. Per address; a whole office may stand behind one address."""

    requests_per_s: int = 100
    requests_burst: int = 400
    sign_ins_per_s: int = 5
    sign_ins_burst: int = 100
    connections_max: int = 2000
    body_max_bytes: int = 2 * 1024 * 1024
    upload_max_mb: int = 201
    """More than `web.upload_mb_max` can be; the server refuses by that, with a sentence."""
    header_max_s: int = 10
    answer_max_s: int = 60
    socket_silent_max_s: int = 600


@dataclass(frozen=True)
class Certificate:
    """A certificate with its chain, and its key, as PEM files."""

    chain: Path
    key: Path


@dataclass(frozen=True)
class Edge:
    """What the edge serves."""

    host: str
    port: int
    web: Path
    folder: Path
    """Its own: configuration, process id, temporary files."""
    server_port: int
    """Where the server listens on loopback."""
    sip_port: int
    """Where Asterisk's HTTP server listens on loopback."""
    certificate: Certificate | None = None
    extra_origins: tuple[str, ...] = ()
    """Other sites whose pages may open a phone's socket."""
    limits: EdgeLimits = field(default_factory=EdgeLimits)

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        scheme = "http" if self.certificate is None else "https"
        host = "localhost" if self.host in {"0.0.0.0", "::", "127.0.0.1", "::1"} else self.host  # noqa: S104  compared
        return f"{scheme}://{host}:{self.port}/"


def command(tree: AsteriskTree, edge: Edge) -> list[str]:
    """Write the configuration; the command line that serves it."""
    edge.folder.mkdir(parents=True, exist_ok=True)
    configuration = edge.folder / "nginx.conf"
    configuration.write_text(render(tree, edge), encoding="utf-8")
    return tree.nginx("-e", "stderr", "-p", str(edge.folder), "-c", str(configuration))


def reload_command(tree: AsteriskTree, edge: Edge) -> list[str]:
    """Makes a running edge read its configuration again; connections stay."""
    return [*command(tree, edge), "-s", "reload"]


def render(tree: AsteriskTree, edge: Edge) -> str:
    """The configuration of nginx."""
    host = f"[{edge.host}]" if ":" in edge.host else edge.host
    words = {
        # Started by root, nginx would give its workers to a user that may not read the data folder.
        "user": "user root;" if os.geteuid() == 0 else "",
        "folder": _quotable(edge.folder),
        "web": _quotable(edge.web),
        "mime_types": _quotable(tree.root / "etc/nginx/mime.types"),
        "server_port": edge.server_port,
        "sip_port": edge.sip_port,
        "listen": f"{host}:{edge.port}" + ("" if edge.certificate is None else " ssl"),
        "tls": _tls(edge.certificate),
        "extra_origins": "\n        ".join(_own_origin(origin) for origin in edge.extra_origins),
        "own_scripts": " ".join(["'self'", *_inline_scripts(edge.web / "index.html")]),
        "strict_transport": "" if edge.certificate is None else _strict_transport(),
        **asdict(edge.limits),
    }
    return _fill(TEMPLATE.read_text(encoding="utf-8"), words)


def _fill(template: str, words: Mapping[str, object]) -> str:
    return re.sub(r"@(\w+)@", lambda found: str(words[found[1]]), template)


def _tls(certificate: Certificate | None) -> str:
    if certificate is None:
        return ""
    return f"""http2 on;
        ssl_certificate "{_quotable(certificate.chain)}";
        ssl_certificate_key "{_quotable(certificate.key)}";
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache shared:tls:4m;
        ssl_session_timeout 1d;
        error_page 497 =301 https://$http_host$request_uri;"""


def _own_origin(origin: str) -> str:
    return f'"~ {re.escape(_plain(origin))}$" 0;'


def _inline_scripts(page: Path) -> list[str]:
    """The scripts inside the page itself, as browsers recognise them: no other text may run there."""
    scripts = re.findall(rb"<script>(.*?)</script>", page.read_bytes(), re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in scripts]


def _strict_transport() -> str:
    return f'add_header Strict-Transport-Security "max-age={HTTPS_ONLY_S}" always;'


def _quotable(path: Path) -> str:
    return _plain(str(path.resolve()))


def _plain(text: str) -> str:
    if re.search(r'["$\\{};\n]', text):
        raise InvalidInput(f"{text} has a character that nginx cannot take: use a plainer name.")
    return text
