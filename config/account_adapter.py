"""How allauth sends mail here: a mail server that is away is said in words, not an error page."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from allauth.core import context as current
from django.contrib import messages
from django.utils.translation import gettext as _

from catalog.mail import AccountAdapter as LettersOfAccounts

logger = logging.getLogger(__name__)


class AccountAdapter(LettersOfAccounts):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError):
            logger.exception("a mail of the kind %s could not be sent", template_prefix)
            messages.error(
                current.request,
                _("The mail could not be sent now. Try again in some minutes."),
            )
