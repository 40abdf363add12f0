from __future__ import annotations

from django.urls import path

from . import views

app_name = "outreach"
urlpatterns = [
    path("outreach/", views.campaigns, name="campaigns"),
    path("incidents/<int:number>/outreach/", views.campaign_creation, name="campaign_creation"),
    path("outreach/codes/", views.codes, name="codes"),
    path("outreach/codes/file/", views.codes_file, name="codes_file"),
    path("outreach/refunds/", views.refunds, name="refunds"),
    path("outreach/refunds/file/", views.refunds_file, name="refunds_file"),
    path("outreach/suppressions/", views.suppressions, name="suppressions"),
    path("outreach/suppressions/<int:pk>/release/", views.suppression_release, name="suppression_release"),
    path("outreach/templates/", views.templates, name="templates"),
    path("outreach/templates/<int:store>/<slug:kind>/<slug:language>/", views.template, name="template"),
    path("outreach/messages/<int:pk>/arrival/", views.message_arrival, name="message_arrival"),
    path("outreach/messages/<int:pk>/resending/", views.message_resending, name="message_resending"),
    path("outreach/<int:pk>/", views.campaign, name="campaign"),
    path("outreach/<int:pk>/offer/", views.offer, name="offer"),
    path("outreach/<int:pk>/preparation/", views.preparation, name="preparation"),
    path("outreach/<int:pk>/codes/file/", views.campaign_codes_file, name="campaign_codes_file"),
    path("outreach/<int:pk>/codes/loading/", views.codes_loading, name="codes_loading"),
    path("outreach/<int:pk>/refunds/approval/", views.refunds_approval, name="refunds_approval"),
    path("outreach/<int:pk>/texts/<slug:language>/", views.text, name="text"),
    path("outreach/<int:pk>/left-out/", views.left_out, name="left_out"),
    path("outreach/<int:pk>/test/", views.test_mail, name="test_mail"),
    path("outreach/<int:pk>/approval/", views.approval, name="approval"),
    path("outreach/<int:pk>/withdrawal/", views.withdrawal, name="withdrawal"),
    path("outreach/<int:pk>/pause/", views.pausing, name="pausing"),
    path("outreach/<int:pk>/resumption/", views.resumption, name="resumption"),
    path("outreach/<int:pk>/cancellation/", views.cancellation, name="cancellation"),
    path("outreach/<int:pk>/retries/", views.retries, name="retries"),
    path("outreach/<int:pk>/progress/", views.progress, name="progress"),
]
