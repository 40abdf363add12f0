from __future__ import annotations

from django.urls import path

from closedorders.outreach.texts.public_links import PAGES, UNSUBSCRIBING

from .views import mail_events, public

urlpatterns = [
    path(f"{PAGES}/<str:token>/", public.customer, name="customer_page"),
    path(f"{UNSUBSCRIBING}/<str:token>/", public.offers, name="offers"),
    path("mail-events/", mail_events.mail_events, name="mail_events"),
]
