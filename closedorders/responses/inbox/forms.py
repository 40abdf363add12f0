from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from closedorders.senders.forms import MailServerForm

from .models import ReplyMailbox


class ReplyMailboxForm(MailServerForm):
    """The mailbox to which customers answer; its server is typed as a store's mail server is."""

    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)

    field_order = ["host", "port", "security", "username", "password", "folder"]

    class Meta(MailServerForm.Meta):
        model = ReplyMailbox
        fields = [*MailServerForm.Meta.fields, "folder"]
        help_texts = {
            "host": _("As your mail service names it, e.g. imap.your-shop.com."),
            "folder": _("INBOX is the usual one."),
        }

    def clean_folder(self) -> str:
        name: str = self.cleaned_data["folder"].strip()
        if not name.isascii() or not name.isprintable():
            raise ValidationError(_("Only plain letters, digits and signs, e.g. INBOX/Shop."))
        return name
