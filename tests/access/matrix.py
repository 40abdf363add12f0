"""Every address of the product, who may open it and with which methods. An address that is not here fails the build."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from django.urls import URLPattern, URLResolver, get_resolver

from closedorders.accounts.access import ASSISTANT, EVERYONE, MERCHANT, REVIEWER

Who = TypeVar("Who")

GET = ("GET", "HEAD")
POST = ("POST",)
GET_AND_POST = (*GET, *POST)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")

ALL = frozenset(EVERYONE)
DESK = frozenset({MERCHANT, ASSISTANT})
BOSS = frozenset({MERCHANT})
CASE = frozenset({MERCHANT, REVIEWER})

PUBLIC = "public"
SIGNED_IN = "signed in"
STAFF = "staff"
OPERATOR = "staff with every permission"
NOBODY = "nobody"


class Page(NamedTuple, Generic[Who]):
    who: Who
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """An address by its name; by its path where Django's admin gives it none."""

    name: str
    path: str
    arguments: tuple[str, ...]
    pattern: URLPattern = field(compare=False, repr=False)


def routes(resolver: URLResolver | None = None, namespace: str = "", prefix: str = "") -> Iterator[Route]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes(entry, inner, path)
        else:
            name = f"{namespace}{entry.name}" if entry.name else path
            yield Route(name, path, tuple(entry.pattern.converters), entry)


ROUTES = list(routes())
TEAM_ROUTES = [route for route in ROUTES if route.path.startswith("t/")]
ADMIN_ROUTES = [route for route in ROUTES if route.path.startswith("admin/")]

MATRIX: dict[str, Page[frozenset[Any]]] = {
    "dashboard:today": Page(ALL, GET),
    "dashboard:set_up_hiding": Page(BOSS, POST),
    "incidents:incidents": Page(ALL, GET),
    "incidents:incident": Page(ALL, GET),
    "incidents:incident_cause": Page(BOSS, POST),
    "incidents:incident_end": Page(BOSS, POST),
    "incidents:reorder": Page(DESK, GET_AND_POST),
    "incidents:reorder_batch": Page(DESK, GET),
    "incidents:reorder_route": Page(BOSS, POST),
    "incidents:reorder_line": Page(BOSS, POST),
    "incidents:reorder_sheet": Page(DESK, GET),
    "incidents:reorder_next": Page(DESK, POST),
    "incidents:reorder_number": Page(DESK, POST),
    "incidents:reorder_release": Page(DESK, POST),
    "incidents:reorder_undo": Page(DESK, POST),
    "incidents:now": Page(ALL, GET),
    "incidents:supplier_refunds": Page(DESK, GET_AND_POST),
    "incidents:supplier_refund": Page(BOSS, GET_AND_POST),
    "incidents:refund_window": Page(BOSS, POST),
    "incidents:reminders": Page(ALL, GET),
    "incidents:reminder_creation": Page(ALL, GET_AND_POST),
    "incidents:reminder_done": Page(ALL, POST),
    "incidents:reminder_cancellation": Page(ALL, POST),
    "incidents:reminder_reopening": Page(ALL, POST),
    "incidents:reminder_snooze": Page(ALL, POST),
    "incidents:digest": Page(ALL, GET_AND_POST),
    "incidents:drill": Page(ALL, GET),
    "incidents:drill_start": Page(BOSS, POST),
    "incidents:drill_end": Page(BOSS, POST),
    "incidents:incident_report": Page(BOSS, GET),
    "incidents:incident_report_notes": Page(BOSS, POST),
    "incidents:incident_report_pdf": Page(BOSS, GET),
    "incidents:incident_reopening": Page(BOSS, POST),
    "incidents:incident_split": Page(BOSS, GET_AND_POST),
    "incidents:incident_merger": Page(BOSS, POST),
    "incidents:no_verification": Page(BOSS, POST),
    "incidents:no_verification_withdrawal": Page(BOSS, POST),
    "orders:orders": Page(DESK, GET),
    "orders:order_columns": Page(DESK, POST),
    "orders:own_view_keeping": Page(DESK, POST),
    "orders:own_view_removal": Page(DESK, POST),
    "orders:order_tab_counts": Page(DESK, GET),
    "orders:orders_export": Page(DESK, POST),
    "orders:order": Page(DESK, GET),
    "orders:order_customer": Page(BOSS, POST),
    "orders:order_promise": Page(DESK, POST),
    "orders:bulk": Page(DESK, GET),
    "orders:bulk_matching": Page(DESK, GET),
    "orders:bulk_applying": Page(DESK, GET_AND_POST),
    "orders:bulk_edit": Page(DESK, GET),
    "orders:bulk_left_out": Page(DESK, GET),
    "orders:bulk_undo": Page(DESK, POST),
    "orders:order_comments": Page(DESK, POST),
    "orders:order_comment_withdrawal": Page(DESK, POST),
    "orders:order_files": Page(DESK, POST),
    "orders:order_file": Page(DESK, GET),
    "orders:order_file_withdrawal": Page(DESK, POST),
    "orders:supplier_order": Page(DESK, GET_AND_POST),
    "senders:sending": Page(BOSS, GET),
    "senders:lines": Page(BOSS, GET),
    "senders:mail_server": Page(BOSS, POST),
    "senders:mail_server_removal": Page(BOSS, POST),
    "senders:selector": Page(BOSS, POST),
    "senders:check": Page(BOSS, POST),
    "senders:reply_test": Page(BOSS, POST),
    "imports:imports": Page(DESK, GET_AND_POST),
    "imports:sample_file": Page(DESK, GET),
    "imports:import": Page(DESK, GET),
    "imports:import_progress": Page(DESK, GET),
    "imports:import_saving": Page(DESK, POST),
    "imports:import_cancellation": Page(DESK, POST),
    "imports:import_undo": Page(DESK, GET_AND_POST),
    "imports:import_answers": Page(DESK, POST),
    "imports:import_store": Page(DESK, POST),
    "imports:import_columns": Page(DESK, GET_AND_POST),
    "imports:import_columns_forgetting": Page(DESK, POST),
    "imports:bad_rows": Page(DESK, GET),
    "orders:stores": Page(DESK, GET_AND_POST),
    "orders:first_store": Page(DESK, POST),
    "orders:store": Page(BOSS, GET_AND_POST),
    "orders:buyer_accounts": Page(DESK, GET_AND_POST),
    "orders:first_buyer_account": Page(DESK, POST),
    "orders:buyer_account": Page(BOSS, GET_AND_POST),
    "orders:alipay": Page(BOSS, POST),
    "closures:closures": Page(DESK, GET),
    "closures:quick_log": Page(DESK, GET_AND_POST),
    "closures:quick_log_result": Page(DESK, GET),
    "closures:unlogged": Page(DESK, POST),
    "closures:decoding": Page(DESK, POST),
    "closures:log": Page(DESK, GET),
    "closures:log_progress": Page(DESK, GET),
    "closures:closure_evidence": Page(DESK, POST),
    "closures:evidence_file": Page(DESK, GET),
    "closures:evidence_withdrawal": Page(DESK, POST),
    "closures:bulk_reason": Page(DESK, POST),
    "closures:bulk_reason_undo": Page(DESK, POST),
    "closures:bulk_outcomes": Page(DESK, GET_AND_POST),
    "closures:outcomes_edit": Page(DESK, GET),
    "closures:outcomes_undo": Page(DESK, POST),
    "closures:replacements": Page(DESK, GET_AND_POST),
    "closures:proposals": Page(DESK, GET),
    "closures:proposal_lines": Page(DESK, GET),
    "closures:proposals_setting": Page(DESK, POST),
    "closures:closure": Page(DESK, GET),
    "closures:closure_reason": Page(DESK, POST),
    "closures:closure_outcome": Page(DESK, POST),
    "closures:closure_removal": Page(DESK, POST),
    "closures:closure_reopening": Page(DESK, POST),
    "closures:reasons": Page(ALL, GET),
    "closures:reason_creation": Page(BOSS, GET_AND_POST),
    "closures:reason": Page(ALL, GET),
    "closures:playbook": Page(BOSS, GET_AND_POST),
    "closures:playbook_check": Page(BOSS, POST),
    "closures:playbook_steps": Page(DESK, POST),
    "closures:incident_step": Page(DESK, POST),
    "closures:reason_retirement": Page(BOSS, POST),
    "cases:move_undo": Page(CASE, POST),
    "cases:cases": Page(ALL, GET),
    "cases:case": Page(ALL, GET),
    "cases:case_opening": Page(BOSS, POST),
    "cases:documents": Page(BOSS, POST),
    "cases:document": Page(BOSS, POST),
    "cases:decision": Page(CASE, POST),
    "cases:slot_file": Page(BOSS, POST),
    "cases:pack": Page(BOSS, GET_AND_POST),
    "cases:cleanups": Page(BOSS, POST),
    "cases:slot_entry": Page(BOSS, POST),
    "cases:slot_review": Page(CASE, GET_AND_POST),
    "cases:review_start": Page(CASE, POST),
    "cases:review_queue": Page(CASE, GET),
    "cases:asking_again": Page(CASE, GET_AND_POST),
    "cases:slot_page": Page(CASE, GET),
    "documents:documents": Page(BOSS, GET),
    "documents:new_document": Page(BOSS, GET_AND_POST),
    "documents:preview": Page(BOSS, POST),
    "documents:document": Page(BOSS, GET),
    "documents:check": Page(BOSS, GET),
    "documents:boxes": Page(BOSS, GET_AND_POST),
    "documents:confirmation": Page(CASE, GET_AND_POST),
    "documents:confirmation_page": Page(CASE, GET),
    "documents:self_test": Page(ALL, GET_AND_POST),
    "documents:self_test_progress": Page(ALL, GET),
    "documents:page_image": Page(BOSS, GET),
    "documents:deletion": Page(BOSS, POST),
    "cases:contacts": Page(DESK, POST),
    "cases:follow_up": Page(DESK, POST),
    "cases:snooze": Page(DESK, POST),
    "cases:cleanup": Page(BOSS, POST),
    "cases:statistics": Page(ALL, GET),
    "cases:verification": Page(BOSS, POST),
    "cases:answer_due": Page(BOSS, POST),
    "cases:chat": Page(DESK, POST),
    "cases:outcome": Page(BOSS, POST),
    "cases:step_back": Page(CASE, POST),
    "cases:appeal": Page(BOSS, POST),
    "cases:approval": Page(CASE, POST),
    "cases:closing": Page(BOSS, POST),
    "cases:further_request": Page(BOSS, POST),
    "cases:rejection": Page(BOSS, POST),
    "cases:return": Page(CASE, POST),
    "cases:review": Page(BOSS, POST),
    "cases:submission": Page(BOSS, POST),
    "cases:unblocking": Page(BOSS, POST),
    "outreach:campaigns": Page(DESK, GET),
    "outreach:campaign_creation": Page(BOSS, POST),
    "outreach:unreachable": Page(BOSS, GET),
    "outreach:customer_contact": Page(BOSS, GET_AND_POST),
    "outreach:contact_undo": Page(BOSS, POST),
    "outreach:codes": Page(BOSS, GET_AND_POST),
    "outreach:codes_file": Page(BOSS, POST),
    "outreach:refunds": Page(BOSS, GET_AND_POST),
    "outreach:refunds_undo": Page(BOSS, POST),
    "outreach:refunds_file": Page(BOSS, GET),
    "outreach:suppressions": Page(BOSS, GET_AND_POST),
    "outreach:suppression_release": Page(BOSS, POST),
    "outreach:templates": Page(BOSS, GET),
    "outreach:template": Page(BOSS, GET_AND_POST),
    "outreach:message": Page(DESK, GET),
    "outreach:decisions": Page(BOSS, POST),
    "outreach:template_versions": Page(BOSS, GET),
    "outreach:text_versions": Page(BOSS, GET),
    "outreach:version_restoration": Page(BOSS, POST),
    "outreach:letter": Page(BOSS, GET),
    "outreach:message_arrival": Page(BOSS, POST),
    "outreach:message_resending": Page(BOSS, POST),
    "outreach:campaign": Page(DESK, GET),
    "outreach:sender": Page(BOSS, POST),
    "outreach:offer": Page(BOSS, POST),
    "outreach:preparation": Page(BOSS, POST),
    "outreach:campaign_codes_file": Page(BOSS, POST),
    "outreach:codes_loading": Page(BOSS, POST),
    "outreach:refunds_approval": Page(BOSS, POST),
    "outreach:text": Page(BOSS, POST),
    "outreach:left_out": Page(BOSS, POST),
    "outreach:test_mail": Page(BOSS, POST),
    "outreach:approval": Page(BOSS, POST),
    "outreach:withdrawal": Page(BOSS, POST),
    "outreach:pausing": Page(BOSS, POST),
    "outreach:resumption": Page(BOSS, POST),
    "outreach:cancellation": Page(BOSS, POST),
    "outreach:retries": Page(BOSS, POST),
    "outreach:progress": Page(DESK, GET),
    "responses:replies": Page(BOSS, GET),
    "responses:reply_dealt_with": Page(BOSS, POST),
    "responses:reply_waiting": Page(BOSS, POST),
    "responses:page": Page(BOSS, GET),
    "responses:page_closing": Page(BOSS, POST),
    "responses:page_opening": Page(BOSS, POST),
    "responses:campaign_closing": Page(BOSS, POST),
    "responses:campaign_opening": Page(BOSS, POST),
    "responses:customer_data": Page(BOSS, GET),
    "responses:customer_export": Page(BOSS, POST),
    "responses:customer_erasure": Page(BOSS, POST),
    "risk:checklist": Page(DESK, GET),
    "risk:dismissal": Page(BOSS, POST),
    "risk:dismissal_withdrawal": Page(BOSS, POST),
    "risk:calendar": Page(DESK, GET_AND_POST),
    "risk:trip_step": Page(DESK, POST),
    "risk:trip_cancellation": Page(DESK, POST),
    "risk:account_event_withdrawal": Page(DESK, POST),
    "risk:pocket": Page(BOSS, GET_AND_POST),
    "risk:pocket_withdrawal": Page(BOSS, POST),
    "risk:pocket_calculator": Page(BOSS, GET),
    "risk:apology_calculator": Page(BOSS, GET),
    "risk:threshold": Page(BOSS, GET_AND_POST),
    "risk:notices": Page(DESK, GET_AND_POST),
    "risk:notice_withdrawal": Page(DESK, POST),
    "risk:confirmation": Page(BOSS, POST),
    "risk:withdrawal": Page(BOSS, POST),
    "team:people": Page(BOSS, GET_AND_POST),
    "team:person_role": Page(BOSS, POST),
    "team:person_removal": Page(BOSS, POST),
    "team:invitation_removal": Page(BOSS, POST),
    "team:settings": Page(BOSS, GET_AND_POST),
    "team:rates": Page(BOSS, GET_AND_POST),
    "team:rate_removal": Page(BOSS, POST),
    "team:audit": Page(BOSS, GET),
    "team:mailbox": Page(BOSS, GET),
    "team:mail": Page(BOSS, GET),
}

# What is outside teams and outside the admin.
OPEN_TO: dict[str, Page[str]] = {
    "home": Page(SIGNED_IN, GET),
    "new_team": Page(SIGNED_IN, GET_AND_POST),
    "favicon": Page(PUBLIC, GET),
    "first_run": Page(PUBLIC, GET_AND_POST),
    "invitation": Page(PUBLIC, GET_AND_POST),
    "reply_confirmation": Page(PUBLIC, GET_AND_POST),
    "customer_page": Page(PUBLIC, GET_AND_POST),
    "offers": Page(PUBLIC, GET_AND_POST),
    "mail_events": Page(PUBLIC, POST),
    "language": Page(PUBLIC, POST),
    "theme": Page(PUBLIC, POST),
    "account_login": Page(PUBLIC, GET_AND_POST),
    "account_logout": Page(PUBLIC, GET_AND_POST),
    "account_signup": Page(PUBLIC, GET),
    "account_reauthenticate": Page(SIGNED_IN, GET_AND_POST),
    "account_change_password": Page(SIGNED_IN, GET_AND_POST),
    "account_set_password": Page(SIGNED_IN, GET_AND_POST),
    "account_reset_password": Page(PUBLIC, GET_AND_POST),
    "account_reset_password_done": Page(PUBLIC, GET),
    "account_reset_password_from_key": Page(PUBLIC, GET_AND_POST),
    "account_reset_password_from_key_done": Page(PUBLIC, GET),
}

# Django's admin. A person of a team is nobody here; a member of the staff has no permission but by being an operator.
ADMIN: dict[str, Page[str]] = {
    "admin:index": Page(STAFF, GET),
    "admin:login": Page(PUBLIC, GET),
    "admin:logout": Page(STAFF, POST),
    "admin:password_change": Page(STAFF, GET_AND_POST),
    "admin:password_change_done": Page(STAFF, GET),
    "admin:autocomplete": Page(NOBODY, GET),
    "admin:jsi18n": Page(STAFF, GET),
    "admin:view_on_site": Page(STAFF, GET),
    "admin:accounts_user_changelist": Page(OPERATOR, GET_AND_POST),
    "admin:accounts_user_add": Page(NOBODY, GET_AND_POST),
    "admin:accounts_user_history": Page(OPERATOR, GET),
    "admin:accounts_user_delete": Page(NOBODY, GET_AND_POST),
    "admin:accounts_user_change": Page(OPERATOR, GET_AND_POST),
    "admin/accounts/user/<path:object_id>/": Page(STAFF, GET),
    "admin:closures_closurereason_changelist": Page(OPERATOR, GET_AND_POST),
    "admin:closures_closurereason_add": Page(OPERATOR, GET_AND_POST),
    "admin:closures_closurereason_history": Page(OPERATOR, GET),
    "admin:closures_closurereason_delete": Page(NOBODY, GET_AND_POST),
    "admin:closures_closurereason_change": Page(OPERATOR, GET_AND_POST),
    "admin/closures/closurereason/<path:object_id>/": Page(STAFF, GET),
    "admin:account_emailaddress_changelist": Page(OPERATOR, GET_AND_POST),
    "admin:account_emailaddress_add": Page(OPERATOR, GET_AND_POST),
    "admin:account_emailaddress_history": Page(OPERATOR, GET),
    "admin:account_emailaddress_delete": Page(OPERATOR, GET_AND_POST),
    "admin:account_emailaddress_change": Page(OPERATOR, GET_AND_POST),
    "admin/account/emailaddress/<path:object_id>/": Page(STAFF, GET),
    "admin:app_list": Page(OPERATOR, GET),
    "admin/(?P<url>.*)$": Page(STAFF, GET),
}
