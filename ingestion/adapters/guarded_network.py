"""Connects to public addresses only, and to the very address that was looked at.

A name is resolved once for a connection; every address that it has must be one of the public internet, and the
connection is made to one of these, so that a name that means something else a moment later changes nothing. The name
stays what the server is asked for, and what its certificate must say.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, cast

import httpcore

from ingestion.ports import UnreadableSourceError

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a host name; raises OSError when it has none."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS: Final = frozenset({80, 443})
"""Ports of the public web."""

_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")  # NAT64, RFC 6052: the last 32 bits are the IPv4 address
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NEVER: Final = tuple(
    ipaddress.ip_network(one)
    for one in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata of most clouds
        "168.63.129.16/32",  # the host of a virtual machine at Azure
        "100.100.100.200/32",  # metadata at Alibaba
        "192.0.0.192/32",  # metadata at Oracle
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "fd00:ec2::254/128",  # metadata at AWS
        "fe80::/10",
        "ff00::/8",
        "::/128",
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4: both can carry any IPv4 address
    )
)
"""What is never asked, listed or not."""


class AddressRules:
    """Which hosts may be asked: public ones on the ports of the web, and those that are listed as private.

    `private_hosts` are names, addresses or networks (`wiki.intranet`, `10.1.2.3`, `10.0.0.0/8`).
    """

    def __init__(self, private_hosts: Sequence[str] = ()) -> None:
        listed = [(host.lower().strip("[]"), _network(host)) for host in private_hosts]
        self._names = frozenset(name for name, network in listed if network is None)
        self._networks = tuple(network for _, network in listed if network is not None)

    def admitted(self, host: str, port: int, addresses: Sequence[str]) -> tuple[str, ...]:
        """Give the addresses of a host back; raises UnreadableSourceError when any of them may not be asked."""
        known = [_unwrapped(ipaddress.ip_address(one)) for one in addresses]
        listed = [self._is_listed(host, address) for address in known]
        if not addresses:
            raise UnreadableSourceError(f"{host} has no address", "check the spelling of the address")
        for address, private in zip(known, listed, strict=True):
            if not (_is_public(address) or (private and not _is_barred(address))):
                where = host if host.strip("[]") == str(address) else f"{host} is at {address}, which"
                raise UnreadableSourceError(
                    f"{where} is not an address of the public internet",
                    "list it in TOULMIN_FETCH_PRIVATE_HOSTS if it is a host of yours that may be read",
                )
        if port not in PORTS and not all(listed):
            raise UnreadableSourceError(
                f"port {port} is not one of the web's (80, 443)",
                "list the host in TOULMIN_FETCH_PRIVATE_HOSTS if it may be asked there",
            )
        return tuple(addresses)

    def _is_listed(self, host: str, address: _Address) -> bool:
        return host.lower() in self._names or any(
            address in network for network in self._networks if network.version == address.version
        )


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves, looks at the addresses, and connects to one of these."""

    def __init__(self, rules: AddressRules, resolve: Resolver) -> None:
        self._rules = rules
        self._resolve = resolve
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers; raises UnreadableSourceError when one may not be asked."""
        try:
            addresses = await self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} is not known ({error.strerror or error})") from error
        failed: Exception = httpcore.ConnectError(f"{host} does not answer")
        for address in self._rules.admitted(host, port, addresses):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no address of the web is a socket of this machine."""
        del timeout, socket_options
        raise httpcore.ConnectError(f"{path} is not an address of the web")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask this machine's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def _network(host: str) -> _Network | None:
    try:
        return ipaddress.ip_network(host.strip("[]"), strict=False)
    except ValueError:
        return None


def _unwrapped(address: _Address) -> _Address:
    """Give the IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_barred(address: _Address) -> bool:
    return any(address in network for network in _NEVER if network.version == address.version)


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not _is_barred(address)
