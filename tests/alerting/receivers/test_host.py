from ipaddress import ip_address

import pytest

from streamgauge.alerting.receivers.host import Hosts

METADATA = "169.254.169.254"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07::1", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        (METADATA, False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::a9fe:a9fe", False),
        ("::127.0.0.1", False),
        ("::ffff:0:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("2002:a9fe:a9fe::", False),
        ("fec0::1", False),
        ("5f00::1", False),
        ("192.0.0.192", False),
        ("168.63.129.16", False),
    ],
)
def test_without_a_list_only_public_addresses_are_allowed(address: str, allowed: bool) -> None:
    assert Hosts().allows("hooks.example.org", ip_address(address)) is allowed


def test_this_machine_is_allowed_when_it_is_named_as_such() -> None:
    assert Hosts().allows("localhost", ip_address("127.0.0.1"))
    assert Hosts().allows("localhost", ip_address("::1"))
    assert Hosts().may_ask("127.0.0.1")
    assert not Hosts().may_ask("10.0.0.1")
    assert not Hosts(["hooks.slack.com"]).may_ask("127.0.0.1")


def test_a_list_allows_what_it_has_and_nothing_else() -> None:
    hosts = Hosts(["hooks.slack.com", "*.corp.example"])
    assert hosts.may_ask("HOOKS.slack.com.")
    assert hosts.may_ask("am.corp.example")
    assert not hosts.may_ask("corp.example")
    assert not hosts.may_ask("evilcorp.example")
    assert hosts.allows("am.corp.example", ip_address("10.1.2.3"))
    assert not hosts.allows("am.corp.example", ip_address(METADATA))
    assert not hosts.allows("am.corp.example", ip_address("fd00:ec2::254"))
    assert not hosts.allows("am.corp.example", ip_address("2002:a9fe:a9fe::"))
    assert not hosts.allows("evil.example", ip_address("93.184.215.14"))
    networks = Hosts(["10.0.0.0/8"])
    assert networks.allows("anything.example", ip_address("10.1.2.3"))
    assert not networks.allows("anything.example", ip_address("93.184.215.14"))
    assert Hosts(["169.254.0.0/16"]).allows("x.example", ip_address(METADATA))
