from __future__ import annotations

from django.urls import path

from .views import closure, evidence, listing, logs, outcomes, quick_log, reasons, replacements

app_name = "closures"
urlpatterns = [
    path("closures/", listing.closures, name="closures"),
    path("closures/new/", quick_log.quick_log, name="quick_log"),
    path("closures/new/<slug:log>/", quick_log.quick_log_result, name="quick_log_result"),
    path("closures/unlogged/", logs.unlogged, name="unlogged"),
    path("closures/decoding/", quick_log.decoding, name="decoding"),
    path("closures/logs/<int:pk>/", logs.log, name="log"),
    path("closures/logs/<int:pk>/progress/", logs.log_progress, name="log_progress"),
    path("closures/reasons/", listing.bulk_reason, name="bulk_reason"),
    path("closures/reasons/<int:pk>/undo/", listing.bulk_reason_undo, name="bulk_reason_undo"),
    path("closures/outcomes/", outcomes.bulk_outcomes, name="bulk_outcomes"),
    path("closures/outcomes/<int:pk>/", outcomes.outcomes_edit, name="outcomes_edit"),
    path("closures/outcomes/<int:pk>/undo/", outcomes.outcomes_undo, name="outcomes_undo"),
    path("closures/new-orders/", replacements.replacements, name="replacements"),
    path("closures/proposals/", outcomes.proposals, name="proposals"),
    path("closures/proposals/lines/", outcomes.proposal_lines, name="proposal_lines"),
    path("closures/proposals/setting/", outcomes.proposals_setting, name="proposals_setting"),
    path("closures/<int:pk>/", closure.closure, name="closure"),
    path("closures/<int:pk>/reason/", closure.closure_reason, name="closure_reason"),
    path("closures/<int:pk>/evidence/", evidence.closure_evidence, name="closure_evidence"),
    path("closures/<int:pk>/evidence/<int:evidence_pk>/", evidence.evidence_file, name="evidence_file"),
    path(
        "closures/<int:pk>/evidence/<int:evidence_pk>/withdrawal/",
        evidence.evidence_withdrawal,
        name="evidence_withdrawal",
    ),
    path("closures/<int:pk>/outcome/", closure.closure_outcome, name="closure_outcome"),
    path("closures/<int:pk>/reopening/", closure.closure_reopening, name="closure_reopening"),
    path("closures/<int:pk>/removal/", closure.closure_removal, name="closure_removal"),
    path("reasons/", reasons.reasons, name="reasons"),
    path("reasons/new/", reasons.reason_creation, name="reason_creation"),
    path("reasons/<slug:code>/", reasons.reason, name="reason"),
    path("reasons/<slug:code>/playbook/", reasons.playbook, name="playbook"),
    path("reasons/<slug:code>/playbook/check/", reasons.playbook_check, name="playbook_check"),
    path("reasons/<slug:code>/steps/", reasons.playbook_steps, name="playbook_steps"),
    path("incident-steps/<int:pk>/", reasons.incident_step, name="incident_step"),
    path("reasons/<slug:code>/retirement/", reasons.reason_retirement, name="reason_retirement"),
]
