from __future__ import annotations

from django.apps import AppConfig


class SendersConfig(AppConfig):
    name = "closedorders.senders"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.utils.translation import gettext_lazy as _

        from closedorders.accounts.audit.words import name_fields, name_values
        from closedorders.documents.keys import register_wrapped_keys

        from .models import MailServer

        name_fields(
            {
                "mail_host": _("Mail server"),
                "mail_port": _("Port"),
                "mail_security": _("Encryption"),
                "hourly_cap": _("at most in an hour"),
                "daily_cap": _("at most in 24 hours"),
                "sending_hours": _("Hours in which mails leave"),
                "dkim_selector": _("DKIM selector"),
            }
        )
        name_values("mail_security", MailServer.Security)
        register_wrapped_keys(MailServer)
