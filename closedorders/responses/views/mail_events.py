"""Where the mail provider reports what became of mails, as django-anymail reads and verifies it."""

from __future__ import annotations

import json

from anymail.exceptions import AnymailError
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.csrf import csrf_exempt

from closedorders.core.http.methods import post_only

from ..mail_events import take


@login_not_required
@csrf_exempt
@post_only
def mail_events(request: HttpRequest) -> HttpResponse:
    """404 where no provider is set, 400 for what it did not send. A failure of ours is a 500: it reports again."""
    provider, secret = settings.MAIL_EVENTS, settings.MAIL_EVENTS_SECRET
    if provider == "postmark":
        reader = PostmarkTrackingWebhookView(webhook_secret=secret)
    elif provider == "mailgun":
        # Mailgun signs each report; nothing else is asked for.
        reader = MailgunTrackingWebhookView(webhook_secret=[], webhook_signing_key=secret)
    else:
        raise Http404
    try:
        if not isinstance(json.loads(request.body), dict):
            return HttpResponseBadRequest()
        reader.run_validators(request)
        events = reader.parse_events(request)
    except (SuspiciousOperation, AnymailError, ValueError, KeyError, TypeError, AttributeError):
        return HttpResponseBadRequest()
    take(events, provider=provider)
    return HttpResponse()
