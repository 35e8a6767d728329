"""How often the API may be asked, and whose word about addresses counts.

A rate is a number per second, minute, hour or day: 600/min. `catalog.tokens.limits` counts.
"""

from __future__ import annotations

import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.core.exceptions import ImproperlyConfigured

from config.environment import env_bool, env_list


def rate_from(name: str, *, default: str) -> str:
    rate = os.environ.get(name, "").strip() or default
    if not re.fullmatch(r"[1-9][0-9]{0,8}/(s|m|h|d)[a-z]*", rate):
        raise ImproperlyConfigured(f"{name}={rate!r} is no rate such as 600/min")
    return rate


def networks_from(name: str) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(one) for one in env_list(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}; write 10.0.0.0/8, 192.0.2.7") from None


API_RATES = {
    "anon": rate_from("API_ANON_RATE", default="120/min"),
    "user": rate_from("API_USER_RATE", default="600/min"),
    "service": rate_from("API_SERVICE_RATE", default="6000/min"),
    "token": rate_from("API_TOKEN_RATE", default="10/min"),
}
BEHIND_PROXY = env_bool("BEHIND_PROXY", default=False)
TRUSTED_PROXIES = networks_from("TRUSTED_PROXIES")
"""With BEHIND_PROXY: from where X-Forwarded-For is believed; empty, from whoever connects."""
OAUTH_PROVIDER = env_bool("OAUTH_PROVIDER", default=False)
"""Whether other programs may ask people here for a token, see `config.oauth`."""
