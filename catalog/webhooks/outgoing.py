"""One POST to an address that staff gave: to the public internet only, once, and soon over.

The name is resolved here, every address of it is checked, and the connection goes to the address
that was checked: a name that is resolved anew to something inside gains nothing. No redirect is
followed, no proxy of the environment is used, nothing of the answer is read but its status. Hosts
in WEBHOOK_ALLOWED_HOSTS may be private and without TLS: for development, or a receiver next door.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

LIMIT = 10.0
"""Seconds for all of it: a receiver that answers a byte at a time is ended, too."""
TO_CONNECT = 5.0
PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
EMBEDS_IPV4 = tuple(map(ipaddress.ip_network, ("2001::/32", "2002::/16")))


class NotAllowed(ValueError):
    """An address that nothing is sent to; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What came of a POST: a status, or in words why there is none."""

    status: int | None
    error: str
    seconds: float

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def check_address(url: str) -> SplitResult:
    """The parts of an address that may be sent to, as far as it says by itself; else NotAllowed."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise NotAllowed(_("This is no address: %(why)s.") % {"why": error}) from error
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        raise NotAllowed(_("Give a whole address in ASCII, as in https://example.org/hook."))
    if parts.username is not None or parts.password is not None:
        raise NotAllowed(_("Leave name and password out of it: messages are signed."))
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_allowed(host)):
        raise NotAllowed(_("It has to begin with https://."))
    if _is_number(host) and not _is_allowed(host):
        _check_public(host, host)
    return parts


def post(url: str, *, body: bytes, headers: dict[str, str], limit: float = LIMIT) -> Answer:
    """Sends it, and says what came of it. Never raises."""
    began = time.monotonic()
    status, error = None, ""
    try:
        status = _status_of(url, body, headers, limit)
    except NotAllowed as why:
        error = str(why)
    except TimeoutError:
        error = _("No answer within %(n)d seconds.") % {"n": limit}
    except (OSError, HTTPException, ValueError) as why:
        error = _("No answer: %(why)s.") % {"why": str(why) or type(why).__name__}
    if status is not None and not 200 <= status < 300:
        error = _said_no(status)
    return Answer(status, error, time.monotonic() - began)


def _status_of(url: str, body: bytes, headers: dict[str, str], limit: float) -> int:
    parts = check_address(url)
    kind = _Secure if parts.scheme == "https" else _Plain
    connection = kind(parts.hostname or "", parts.port)
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    with _Alarm(connection, limit) as alarm:
        try:
            connection.request("POST", path, body=body, headers=headers)
            status = connection.getresponse().status
        except (OSError, HTTPException, ValueError) as error:
            if alarm.rang:
                raise TimeoutError from error
            raise
        finally:
            connection.close()
    if alarm.rang:
        raise TimeoutError  # the rest of its headers never came
    return status


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, and means no other one inside."""
    ip = ipaddress.ip_address(address)
    is_odd = ip.version == 6 and (ip not in PUBLIC_IPV6 or any(ip in one for one in EMBEDS_IPV4))
    return ip.is_global and not ip.is_multicast and not is_odd


def _said_no(status: int) -> str:
    if 300 <= status < 400:
        return _("It answered %(status)d; redirects are not followed.") % {"status": status}
    return _("It answered %(status)d.") % {"status": status}


def _is_allowed(host: str) -> bool:
    return host.lower() in {one.lower() for one in settings.WEBHOOK_ALLOWED_HOSTS}


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _check_public(address: str, host: str) -> None:
    if not is_public(address):
        words = _("%(host)s is not on the public internet; WEBHOOK_ALLOWED_HOSTS may allow it.")
        raise NotAllowed(words % {"host": host})


def _connected(host: str, port: int) -> socket.socket:
    """A connection to an address of this host that was checked."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not _is_allowed(host):
        for address in addresses:
            _check_public(address, host)
    problem = OSError(f"{host} has no address")
    for address in addresses[:2]:
        try:
            made = socket.create_connection((address, port), timeout=TO_CONNECT)
        except OSError as error:
            problem = error
        else:
            made.settimeout(LIMIT)
            return made
    raise problem


class _Plain(HTTPConnection):
    def connect(self) -> None:
        self.sock = _connected(self.host, self.port)


class _Secure(HTTPSConnection):
    def connect(self) -> None:
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(_connected(self.host, self.port), server_hostname=self.host)


class _Alarm:
    """Ends a connection when its time is over, whatever it waits for."""

    def __init__(self, connection: HTTPConnection, limit: float) -> None:
        self._connection, self.rang = connection, False
        self._timer = threading.Timer(limit, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> _Alarm:
        self._timer.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        made: Any = self._connection.sock
        if made is not None:
            with suppress(OSError):  # it is over already
                socket.socket.shutdown(made, socket.SHUT_RDWR)  # of TLS, too, without its ceremony
