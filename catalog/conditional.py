"""Tags of answers: weak, by their content; and writes that only count for what was read.

The API's middleware gives every answer that may be kept such a tag. `check_if_match` refuses a
write whose `If-Match` names another one than what is there now. It takes the tag as it was given,
weak as it is: it tells bytes of JSON apart, and nothing compresses those before it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request


class ChangedMeanwhile(APIException):
    status_code = 412
    default_code = "changed_meanwhile"
    default_detail = _("This is not what you have read any more; read it again, then change it.")


def weak_tag(content: bytes) -> str:
    return f'W/"{blake2b(content, digest_size=16).hexdigest()}"'


def check_if_match(request: Request, shown: Any) -> None:
    """`shown`: what a GET would answer now."""
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return
    if weak_tag(JSONRenderer().render(shown)) not in parse_etags(header):
        raise ChangedMeanwhile
