from __future__ import annotations

import os
import secrets
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import translation

from closedorders.accounts.models import Membership, Role, User
from closedorders.core.refusals import Refused
from closedorders.dashboard import demo


class Command(BaseCommand):
    help = "Make the demo team, once, and print its sign-ins. Needs a running worker."

    def handle(self, *args: Any, **options: Any) -> None:
        made_up = "DEMO_PASSWORD" not in os.environ
        password = _remembered_password() if made_up else os.environ["DEMO_PASSWORD"]
        language = "es" if os.environ.get("LANG", "").startswith("es") else "en"
        try:
            with translation.override(language):
                ours = demo.make_demo(password)
        except demo.NoWorker:
            raise CommandError("no worker took the demo's files. Is one running?") from None
        except Refused as refused:
            raise CommandError(str(refused)) from None
        if not ours:
            self.stdout.write("This installation has people of its own: no demo was added.")
            return
        merchant = User.objects.get(email=demo.EMAILS[Role.MERCHANT])
        if not merchant.check_password(password):
            demo.set_passwords(Membership.objects.of(merchant)[0].team, password)
        self.stdout.write("Demo team Casa Luna, three people:")
        for role, email in demo.EMAILS.items():
            self.stdout.write(f"  {email:<22} {role.label}")
        self.stdout.write(
            f"  Password of all three: {password}" if made_up else "  Password of all three: DEMO_PASSWORD"
        )


def _remembered_password() -> str:
    """A password made up once per data folder, readable by its owner only."""
    path = settings.DATA_DIR / "demo_password"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return str(path.read_text(encoding="utf-8").strip())
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        password = secrets.token_urlsafe(9)
        file.write(password)
    return password
