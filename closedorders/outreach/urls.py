from __future__ import annotations

from django.urls import path

from .drafts import views as draft_views
from .recipients import views as recipient_views
from .views import (
    campaigns,
    contacts,
    draft,
    draft_page,
    message,
    rules,
    run,
    suppressions,
    templates,
    versions,
    worklists,
)

app_name = "outreach"
urlpatterns = [
    path("outreach/", campaigns.campaigns, name="campaigns"),
    path("incidents/<int:number>/outreach/", campaigns.campaign_creation, name="campaign_creation"),
    path("outreach/unreachable/", contacts.unreachable, name="unreachable"),
    path(
        "incidents/<int:number>/customers/<int:customer>/contact/",
        contacts.customer_contact,
        name="customer_contact",
    ),
    path("outreach/contacts/<int:pk>/undo/", contacts.contact_undo, name="contact_undo"),
    path("outreach/codes/", worklists.codes, name="codes"),
    path("outreach/codes/file/", worklists.codes_file, name="codes_file"),
    path("outreach/refunds/", worklists.refunds, name="refunds"),
    path("outreach/refunds/<int:moment>/undo/", worklists.refunds_undo, name="refunds_undo"),
    path("outreach/refunds/file/", worklists.refunds_file, name="refunds_file"),
    path("outreach/second-person/", rules.approval_rule, name="approval_rule"),
    path("outreach/suppressions/", suppressions.suppressions, name="suppressions"),
    path(
        "outreach/suppressions/<int:pk>/release/",
        suppressions.suppression_release,
        name="suppression_release",
    ),
    path("outreach/templates/", templates.templates, name="templates"),
    path("outreach/templates/<int:store>/<slug:kind>/<slug:language>/", templates.template, name="template"),
    path("outreach/messages/<int:pk>/", message.message, name="message"),
    path(
        "outreach/templates/<int:store>/<slug:kind>/<slug:language>/versions/",
        versions.template_versions,
        name="template_versions",
    ),
    path("outreach/versions/<int:pk>/restoration/", versions.version_restoration, name="version_restoration"),
    path("outreach/messages/<int:pk>/arrival/", run.message_arrival, name="message_arrival"),
    path("outreach/messages/<int:pk>/resending/", run.message_resending, name="message_resending"),
    path("outreach/<int:pk>/", campaigns.campaign, name="campaign"),
    path("outreach/<int:pk>/sender/", draft.sender, name="sender"),
    path("outreach/<int:pk>/offer/", draft.offer, name="offer"),
    path("outreach/<int:pk>/cost/", draft_views.cost, name="cost"),
    path(
        "outreach/<int:pk>/given/<slug:kind>/file/",
        draft_views.compensations_file,
        name="compensations_file",
    ),
    path(
        "outreach/<int:pk>/given/<slug:kind>/",
        draft_views.compensations_issuing,
        name="compensations_issuing",
    ),
    path("outreach/<int:pk>/preparation/", draft.preparation, name="preparation"),
    path("outreach/<int:pk>/codes/file/", draft.campaign_codes_file, name="campaign_codes_file"),
    path("outreach/<int:pk>/codes/loading/", draft.codes_loading, name="codes_loading"),
    path("outreach/<int:pk>/refunds/approval/", draft.refunds_approval, name="refunds_approval"),
    path("outreach/<int:pk>/texts/<slug:language>/", draft.text, name="text"),
    path("outreach/<int:pk>/texts/<slug:language>/versions/", versions.text_versions, name="text_versions"),
    path("outreach/<int:pk>/left-out/", draft.left_out, name="left_out"),
    path("outreach/<int:pk>/language/", recipient_views.language, name="language"),
    path("outreach/<int:pk>/letter/", draft_page.letter_page, name="letter"),
    path("outreach/<int:pk>/test/", draft.test_mail, name="test_mail"),
    path("outreach/<int:pk>/approval/", run.approval, name="approval"),
    path("outreach/<int:pk>/approval/asking/withdrawal/", run.asking_withdrawal, name="asking_withdrawal"),
    path("outreach/<int:pk>/approval/stop/", run.approval_stop, name="approval_stop"),
    path("outreach/<int:pk>/withdrawal/", run.withdrawal, name="withdrawal"),
    path("outreach/<int:pk>/pause/", run.pausing, name="pausing"),
    path("outreach/<int:pk>/resumption/", run.resumption, name="resumption"),
    path("outreach/<int:pk>/cancellation/", run.cancellation, name="cancellation"),
    path("outreach/<int:pk>/retries/", run.retries, name="retries"),
    path("outreach/<int:pk>/decisions/", run.decisions, name="decisions"),
    path("outreach/<int:pk>/progress/", run.progress, name="progress"),
]
