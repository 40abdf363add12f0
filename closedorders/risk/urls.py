from __future__ import annotations

from django.urls import path

from . import views

app_name = "risk"
urlpatterns = [
    path("risk/", views.checklist, name="checklist"),
    path("risk/calendar/", views.calendar, name="calendar"),
    path("risk/trips/<int:pk>/steps/", views.trip_step, name="trip_step"),
    path("risk/trips/<int:pk>/cancellation/", views.trip_cancellation, name="trip_cancellation"),
    path(
        "risk/account-events/<int:pk>/withdrawal/",
        views.account_event_withdrawal,
        name="account_event_withdrawal",
    ),
    path("risk/pocket/", views.pocket, name="pocket"),
    path("risk/pocket/<int:pk>/withdrawal/", views.pocket_withdrawal, name="pocket_withdrawal"),
    path("tools/pocket/", views.pocket_calculator, name="pocket_calculator"),
    path("tools/apology/", views.apology_calculator, name="apology_calculator"),
    path("risk/alerts/", views.alerts, name="alerts"),
    path("risk/alerts/webhook/", views.alert_webhook, name="alert_webhook"),
    path("risk/alerts/test/", views.alert_test, name="alert_test"),
    path("risk/alerts/<int:pk>/seen/", views.alert_seen, name="alert_seen"),
    path("risk/funds/", views.funds, name="funds"),
    path("risk/funds/<int:pk>/withdrawal/", views.funds_withdrawal, name="funds_withdrawal"),
    path("risk/offices/", views.offices, name="offices"),
    path("risk/offices/<int:pk>/withdrawal/", views.office_withdrawal, name="office_withdrawal"),
    path("risk/suppliers/<int:pk>/", views.supplier, name="supplier"),
    path("risk/quiet/", views.quiet, name="quiet"),
    path("risk/snoozes/<int:pk>/withdrawal/", views.snooze_withdrawal, name="snooze_withdrawal"),
    path("risk/away/<int:pk>/withdrawal/", views.away_withdrawal, name="away_withdrawal"),
    path(
        "risk/known-events/<int:pk>/withdrawal/", views.known_event_withdrawal, name="known_event_withdrawal"
    ),
    path("risk/thresholds/<slug:threshold>/", views.threshold, name="threshold"),
    path("risk/accounts/<int:pk>/notices/", views.notices, name="notices"),
    path("risk/notices/<int:pk>/withdrawal/", views.notice_withdrawal, name="notice_withdrawal"),
    path("risk/<slug:check_code>/confirmation/", views.confirmation, name="confirmation"),
    path("risk/<slug:check_code>/dismissal/", views.dismissal, name="dismissal"),
    path("risk/dismissals/<int:pk>/withdrawal/", views.dismissal_withdrawal, name="dismissal_withdrawal"),
    path("risk/confirmations/<int:pk>/withdrawal/", views.withdrawal, name="withdrawal"),
]
