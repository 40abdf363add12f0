from __future__ import annotations

from django.urls import path

from .views import customers, mailbox, pages, replies

app_name = "responses"
urlpatterns = [
    path("stores/<int:pk>/mailbox/", mailbox.mailbox, name="mailbox"),
    path("stores/<int:pk>/mailbox/reading/", mailbox.mailbox_reading, name="mailbox_reading"),
    path("stores/<int:pk>/mailbox/removal/", mailbox.mailbox_removal, name="mailbox_removal"),
    path("replies/", replies.replies, name="replies"),
    path("replies/<int:pk>/dealt-with/", replies.reply_dealt_with, name="reply_dealt_with"),
    path("replies/<int:pk>/waiting/", replies.reply_waiting, name="reply_waiting"),
    path("outreach/messages/<int:pk>/page/", pages.page, name="page"),
    path("outreach/messages/<int:pk>/page/closing/", pages.page_closing, name="page_closing"),
    path("outreach/messages/<int:pk>/page/opening/", pages.page_opening, name="page_opening"),
    path("outreach/<int:pk>/pages/closing/", pages.campaign_closing, name="campaign_closing"),
    path("outreach/<int:pk>/pages/opening/", pages.campaign_opening, name="campaign_opening"),
    path("customers/<int:pk>/data/", customers.customer_data, name="customer_data"),
    path("customers/<int:pk>/data/file/", customers.customer_export, name="customer_export"),
    path("customers/<int:pk>/data/erasure/", customers.customer_erasure, name="customer_erasure"),
]
