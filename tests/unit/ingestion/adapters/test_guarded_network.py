"""Which addresses may be asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.adapters.guarded_network import AddressRules
from ingestion.ports import UnreadableSourceError

PRIVATE = [
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.168.0.1",
    "168.63.129.16",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused_even_beside_a_public_address(address: str) -> None:
    for addresses in ([address], ["93.184.216.34", address]):
        with pytest.raises(UnreadableSourceError, match="not an address of the public internet"):
            AddressRules().admitted("law.example", 443, addresses)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:8.8.8.8"])
def test_public_addresses_are_admitted_on_the_ports_of_the_web(address: str) -> None:
    assert AddressRules().admitted("law.example", 443, [address]) == (address,)
    with pytest.raises(UnreadableSourceError, match="port 8443"):
        AddressRules().admitted("law.example", 8443, [address])


def test_an_address_is_not_said_to_be_at_itself() -> None:
    with pytest.raises(UnreadableSourceError) as refusal:
        AddressRules().admitted("127.0.0.1", 80, ["127.0.0.1"])
    assert refusal.value.reason == "127.0.0.1 is not an address of the public internet"
    assert "TOULMIN_FETCH_PRIVATE_HOSTS" in refusal.value.remedy


def test_a_name_without_address_is_refused() -> None:
    with pytest.raises(UnreadableSourceError, match="has no address"):
        AddressRules().admitted("law.example", 443, [])


@pytest.mark.parametrize("listed", ["Wiki.Intranet", "10.0.0.0/8", "10.1.2.3", "::/0 10.0.0.0/8"])
def test_listed_hosts_may_be_asked_on_any_port(listed: str) -> None:
    rules = AddressRules(listed.split())
    assert rules.admitted("wiki.intranet", 8080, ["10.1.2.3"]) == ("10.1.2.3",)


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "0.0.0.0", "fe80::1"])  # noqa: S104
def test_no_list_opens_what_only_machines_ask(address: str) -> None:
    rules = AddressRules(["wiki.intranet", "0.0.0.0/0", "::/0"])
    with pytest.raises(UnreadableSourceError, match="not an address of the public internet"):
        rules.admitted("wiki.intranet", 80, [address])


def test_a_listed_host_lets_no_other_in() -> None:
    with pytest.raises(UnreadableSourceError, match="not an address of the public internet"):
        AddressRules(["wiki.intranet"]).admitted("other.intranet", 80, ["10.1.2.3"])


@given(st.ip_addresses(v=4))
def test_every_disguise_of_an_address_is_judged_as_the_address(address: object) -> None:
    plain = _admitted(str(address))
    assert _admitted(f"::ffff:{address}") == plain
    assert _admitted(f"64:ff9b::{address}") == plain


def _admitted(address: str) -> bool:
    try:
        AddressRules().admitted("law.example", 80, [address])
    except UnreadableSourceError:
        return False
    return True
