"""The usual way, as a reference: one Celery task for each mail, which sends it and notes that.

`celery -A benchmarks.mails.one_task_a_mail worker --pool solo`, with `BENCH_BROKER`.
"""

from __future__ import annotations

import os

import django
from celery import Celery

django.setup()

from django.core.mail import EmailMultiAlternatives  # noqa: E402 - Django must be set up first

from closedorders.outreach.models import Message  # noqa: E402 - as above
from closedorders.outreach.texts.letter_html import letter_html  # noqa: E402 - as above

app = Celery("one_task_a_mail", broker=os.environ.get("BENCH_BROKER", "memory://"))
app.conf.task_ignore_result = True
app.conf.worker_prefetch_multiplier = 4


@app.task
def send(pk: int) -> None:
    """With Django's own mail backend, as most projects have it: a connection for each mail."""
    message = Message.objects.select_related("campaign__store").get(pk=pk)
    store = message.campaign.store
    mail = EmailMultiAlternatives(message.subject, message.body, store.sender_email, [message.recipient])
    page = letter_html(
        store=store.name, sender=store.sender_name, answers_to=store.sender_email, subject=message.subject,
        text=message.body, code=message.code, language=message.language,
    )  # fmt: skip
    mail.attach_alternative(page, "text/html")
    mail.send()
    Message.objects.filter(pk=pk).update(state="sent")
