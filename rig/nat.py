"""A home behind a router that translates addresses, as agents who work from home have it.

Home and router are network namespaces of their own, which vanish with the processes that hold them.
"""

import asyncio
import contextlib
import json
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rig.browser import CHROMIUM

OUTSIDE, ROUTER, INSIDE, HOME = "10.98.0.1", "10.98.0.2", "192.168.77.1", "192.168.77.2"

OUTSIDE_SETUP = f"""
ip link add wan type veth peer name uplink
ip link set uplink netns $ROUTER
ip addr add {OUTSIDE}/24 dev wan
ip link set wan up
"""
ROUTER_SETUP = f"""
ip link set lo up
ip addr add {ROUTER}/24 dev uplink
ip link set uplink up
ip route add default via {OUTSIDE}
ip link add lan type veth peer name cable
ip link set cable netns $HOME_NET
ip addr add {INSIDE}/24 dev lan
ip link set lan up
echo 1 > /proc/sys/net/ipv4/ip_forward
nft -f - <<RULES
table ip home {{
  counter sound_out {{ }}
  counter sound_in {{ }}
  chain translate {{
    type nat hook postrouting priority srcnat
    oifname uplink masquerade
  }}
  chain forward {{
    type filter hook forward priority filter
    policy drop
    iifname lan meta l4proto udp counter name sound_out
    iifname uplink meta l4proto udp counter name sound_in
    $BLOCKED
    iifname lan accept
    ct state established,related accept
  }}
}}
RULES
"""
HOME_SETUP = f"""
# An address of IPv6 appears seconds after its link; a browser takes that for another network
# (ERR_NETWORK_CHANGED) and drops what it is loading.
! test -e /proc/sys/net/ipv6 || echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
ip link set lo up
ip addr add {HOME}/24 dev cable
ip link set cable up
ip route add default via {INSIDE}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The network at home."""

    router: int
    home: int

    def browser_program(self, folder: Path) -> str:
        """A program that starts the browser at home."""
        program = folder / "browser-at-home"
        # `exec` keeps the descriptors over which the browser is driven.
        program.write_text(f'#!/bin/sh\nexec nsenter --net=/proc/{self.home}/ns/net {CHROMIUM} "$@"\n')
        program.chmod(0o700)
        return str(program)

    async def sound_packets(self) -> dict[str, int]:
        """How many packets of sound the router has let through, by direction (`sound_out`, `sound_in`)."""
        listed = json.loads(await _shell(self.router, "nft -j list counters"))
        counters = (entry["counter"] for entry in listed["nftables"] if "counter" in entry)
        return {counter["name"]: counter["packets"] for counter in counters}


@asynccontextmanager
async def home_network(*, only_udp_port: int | None = None) -> AsyncIterator[Home]:
    """Brings the home up, and takes it away again.

    `only_udp_port`: the router lets no UDP out but to this port; with 0 to none at all.
    """
    blocked = "" if only_udp_port is None else f"iifname lan udp dport != {only_udp_port} drop"
    async with _namespace() as router, _namespace() as home:
        await _shell(None, f"ROUTER={router}\n{OUTSIDE_SETUP}")
        try:
            await _shell(router, f"HOME_NET={home}\nBLOCKED={shlex.quote(blocked)}\n{ROUTER_SETUP}")
            await _shell(home, HOME_SETUP)
            yield Home(router=router, home=home)
        finally:
            await _shell(None, "ip link del wan")


@asynccontextmanager
async def _namespace() -> AsyncIterator[int]:
    """A process that holds a network namespace open; its id."""
    holder = await asyncio.create_subprocess_exec(
        *("unshare", "--net", "sh", "-c", "echo there; exec cat"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holder.stdout is not None
    try:
        assert await holder.stdout.readline() == b"there\n"
        yield holder.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            holder.kill()
        await holder.communicate()


async def _shell(namespace: int | None, script: str) -> str:
    """Runs commands here or in a namespace; fails with their words."""
    enter = "" if namespace is None else f"nsenter --net=/proc/{namespace}/ns/net "
    process = await asyncio.create_subprocess_shell(
        f"{enter}sh -ec {shlex.quote(script)}",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return out.decode()
