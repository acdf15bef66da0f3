"""Where a webhook may not lead, however it is written."""

import pytest

from triage.webhooks_address import Allowed, Refused, Target, open_to_all, private, read, settle

ANYWHERE = Allowed()

HOSTILE = [
    "",
    "example.be",
    "//example.be/x",
    "http://example.be/x",
    "ftp://example.be/x",
    "file:///etc/passwd",
    "gopher://example.be/_x",
    "javascript:alert(1)",
    "https://",
    "https:///x",
    "https://example.be:80/",
    "https://example.be:8443/",
    "https://example.be:0/",
    "https://example.be:99999/",
    "https://example.be:443:22/",
    "https://user@example.be/",
    "https://user:secret@example.be/",
    "https://example.be@127.0.0.1/",
    "https://127.0.0.1#@example.be/",
    "https://example.be#fragment",
    "https://example.be\\@127.0.0.1/",
    "https://example.be/a b",
    "https://example.be/\r\nX-Evil: 1",
    "https://example.be/\t",
    "https://example.be/\x00",
    "https://exämple.be/",
    "https://example。be/",
    "https://localhost/",
    "https://localhost./",
    "https://intranet/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1.0x1/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fd00::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[::/",
    "https://-example.be/",
    "https://example-.be/",
    "https://exa_mple.be/",
    "https://example..be/",
    "https://.be/",
    f"https://{'a' * 64}.be/",
    f"https://{'a.' * 127}be/",
    f"https://example.be/{'x' * 2000}",
]

NOT_OPEN = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2130706433",
    "0x7f000001",
    "localhost",
    "",
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_whatever_is_no_plain_address_of_the_open_internet_is_refused(number):
    with pytest.raises(Refused):
        read(HOSTILE[number], ANYWHERE)


@pytest.mark.parametrize("address", NOT_OPEN, ids=range(len(NOT_OPEN)))
def test_a_name_that_leads_inside_is_refused(address):
    assert not open_to_all(address)
    target = read("https://hooks.example.be/x", ANYWHERE)
    with pytest.raises(Refused, match="private"):
        settle(target, ANYWHERE, lambda host, port: [address])


def test_one_answer_that_leads_inside_spoils_all():
    target = read("https://hooks.example.be/x", ANYWHERE)
    with pytest.raises(Refused, match="private"):
        settle(target, ANYWHERE, lambda host, port: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(Refused, match="unknown"):
        settle(target, ANYWHERE, lambda host, port: [])


def test_a_good_address_is_taken_apart():
    assert read("https://Hooks.Example.be./in?key=1", ANYWHERE) == Target(
        "hooks.example.be", 443, "/in?key=1"
    )
    target = read("https://hooks.example.be:443", ANYWHERE)
    assert (target.path, target.tls) == ("/", True)
    assert settle(target, ANYWHERE, lambda host, port: ["93.184.216.34"]) == "93.184.216.34"
    assert settle(target, ANYWHERE, lambda host, port: ["2606:4700::1111"]) == "2606:4700::1111"


@pytest.mark.parametrize(
    ("host", "listed"),
    [
        ("hooks.example.be", True),
        ("a.partner.example", True),
        ("partner.example", False),
        ("evilpartner.example", False),
        ("hooks.example.be.evil.example", False),
        ("crm.inside.example", True),
    ],
)
def test_where_hosts_are_listed_no_other_one_is_called(host, listed):
    allowed = Allowed(
        hosts=("hooks.example.be", "*.partner.example"), inside=("crm.inside.example",)
    )
    if listed:
        assert read(f"https://{host}/", allowed).host == host
    else:
        with pytest.raises(Refused, match="not_listed"):
            read(f"https://{host}/", allowed)


def test_a_host_of_the_house_may_stand_inside_but_not_on_this_machine():
    allowed = Allowed(inside=("crm.inside.example",))
    ours, other = (read(f"https://{name}.inside.example/", allowed) for name in ("crm", "cms"))
    assert settle(ours, allowed, lambda host, port: ["10.1.2.3"]) == "10.1.2.3"
    with pytest.raises(Refused):
        settle(other, allowed, lambda host, port: ["10.1.2.3"])
    for address in ("127.0.0.1", "169.254.169.254", "::1", "fe80::1", "100.64.0.1", "0.0.0.0"):
        assert not private(address)
        with pytest.raises(Refused):
            settle(ours, allowed, lambda host, port, answer=address: [answer])


def test_this_machine_is_for_trials_alone():
    assert read("http://127.0.0.1:9000/x", Allowed(loopback=True)) == Target(
        "127.0.0.1", 9000, "/x", tls=False
    )
    for url in ("http://127.0.0.2:9000/", "http://localhost:9000/", "https://127.0.0.1/"):
        with pytest.raises(Refused):
            read(url, Allowed(loopback=True))
