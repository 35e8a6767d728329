"""Where a webhook may be sent, and that nothing of ours is reached by it."""

import socket
import time

import pytest

from catalog.webhooks import outgoing
from catalog.webhooks.outgoing import NotAllowed, check_address, is_public, post
from tests.catalog.webhooks.receiver import receiving


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    with receiving() as started:
        yield started


def send(url, **more):
    return post(url, body=b"{}", headers={"Content-Type": "application/json"}, **more)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1"),
        *("2001:0:7f00:1::", "2001:db8::1", "192.0.2.1", "198.18.0.1"),
    ],
)
def test_addresses_of_machines_inside_are_no_public_ones(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111"])
def test_addresses_of_the_internet_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/hook", "https://"),
        ("ftp://example.org/hook", "https://"),
        ("https:///hook", "whole address"),
        ("example.org", "whole address"),
        ("https://ann:secret@example.org/", "name and password"),
        ("https://127.0.0.1/", "not on the public internet"),
        ("https://[::1]/", "not on the public internet"),
        ("https://169.254.169.254/latest/meta-data", "not on the public internet"),
        ("https://example.org:port/", "no address"),
        ("https://exa mple.org/", "whole address"),
        ("https://example.org/\r\nX-Evil: 1", "whole address"),
    ],
)
def test_what_may_not_be_sent_to_is_refused_with_a_sentence(url, why):
    with pytest.raises(NotAllowed, match=why):
        check_address(url)


def test_a_post_arrives_with_its_path_and_body(receiver):
    answer = send(receiver.url)
    assert answer.is_good
    assert answer.error == ""
    ((path, headers, body),) = receiver.got
    assert (path, headers["content-type"], body) == (
        "/hook?from=catalogue",
        "application/json",
        b"{}",
    )


def test_a_redirect_is_not_followed(receiver):
    receiver.answers = [302]
    answer = send(receiver.url)
    assert answer.error == "It answered 302; redirects are not followed."
    assert len(receiver.got) == 1


def test_who_drips_an_answer_is_ended(receiver):
    receiver.drip = 0.05
    began = time.monotonic()
    answer = send(receiver.url, limit=0.5)
    assert time.monotonic() - began < 8
    assert answer.status is None
    assert "No answer within" in answer.error


def test_who_does_not_listen_is_said_to_be_so(receiver):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/").error.startswith("No answer:")


def test_a_name_that_means_this_machine_is_refused_when_it_is_connected_to(receiver):
    """`localhost` is a name like any other until it is resolved."""
    answer = send(f"https://localhost:{receiver.port}/hook")
    assert "not on the public internet" in answer.error
    assert receiver.got == []


def test_a_name_that_changes_its_address_gains_nothing(receiver, settings, monkeypatch):
    """The address that was checked is the one that is connected to: there is one look-up."""
    settings.WEBHOOK_ALLOWED_HOSTS = []
    asked = []
    known = socket.getaddrinfo

    def rebinding(host, port, *args, **more):
        """A name server of an attacker: public the first time, inside from then on."""
        if host != "rebind.example":
            return known(host, port, *args, **more)
        asked.append(host)
        inside = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return known(inside, port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(outgoing, "is_public", lambda address: address == "192.0.2.1")
    monkeypatch.setattr(outgoing, "TO_CONNECT", 0.5)
    answer = send(f"https://rebind.example:{receiver.port}/hook")
    assert not answer.is_good
    assert asked == ["rebind.example"]
    assert receiver.got == []
