from __future__ import annotations

from collections.abc import Iterable

from allauth.account import views as allauth_views
from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import Group
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import StringConverter
from django.utils.functional import lazy
from django.views.generic import RedirectView

from closedorders.accounts import views as accounts
from closedorders.accounts.people import views as people
from closedorders.core.http.methods import get_and_post, post_only
from closedorders.core.styleguide import styleguide
from closedorders.senders import views as senders


class Base36Converter(StringConverter):
    """A person's number in a reset link. It ends at the first hyphen; the key behind it has one of its own."""

    regex = "[0-9A-Za-z]+"


register_converter(Base36Converter, "base36")
admin.autodiscover()
admin.site.unregister(Group)  # roles are memberships; groups mean nothing here
# Django's own sign-in form counts no attempts: staff sign in where everyone does.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # allauth's own way


def _mark_forms(patterns: Iterable[URLPattern | URLResolver]) -> None:
    """Mark the views of Django's admin that take a form; all others only read (`core/http/methods.py`)."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            _mark_forms(entry.url_patterns)
        elif entry.name == "logout":
            post_only(entry.callback)
        elif (entry.name or "").endswith(("password_change", "_changelist", "_add", "_change", "_delete")):
            get_and_post(entry.callback)


admin_urls = admin.site.urls
_mark_forms(admin_urls[0])

# Of allauth's pages only those this product offers: nobody signs up, and an e-mail is changed by an operator.
account = [
    path("sign-in/", people.sign_in, name="account_login"),
    path("sign-out/", get_and_post(allauth_views.logout), name="account_logout"),
    path("sign-up/", allauth_views.signup, name="account_signup"),
    path("reauthenticate/", get_and_post(allauth_views.reauthenticate), name="account_reauthenticate"),
    path("password/", get_and_post(allauth_views.password_change), name="account_change_password"),
    path("password/set/", get_and_post(allauth_views.password_set), name="account_set_password"),
    path("password/reset/", people.password_reset, name="account_reset_password"),
    path("password/reset/sent/", allauth_views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/<base36:uidb36>-<str:key>/",
        get_and_post(allauth_views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

team = [
    path("", include("closedorders.dashboard.urls")),
    path("", include("closedorders.orders.urls")),
    path("", include("closedorders.senders.urls")),
    path("", include("closedorders.imports.urls")),
    path("", include("closedorders.documents.urls")),
    path("", include("closedorders.closures.urls")),
    path("", include("closedorders.cases.urls")),
    path("", include("closedorders.outreach.urls")),
    path("", include("closedorders.risk.urls")),
    path("", include("closedorders.responses.urls")),
    path("", include("closedorders.incidents.urls")),
    path("", include("closedorders.accounts.team_urls")),
]

static_lazy = lazy(static, str)
# Browsers ask for it by themselves on pages that name no icon, such as Django's admin.
favicon = login_not_required(RedirectView.as_view(url=static_lazy("img/favicon.svg")))

handler500 = "closedorders.core.http.failures.server_error"

urlpatterns = [
    path("favicon.ico", favicon, name="favicon"),
    path("", accounts.home, name="home"),
    path("setup/", people.first_run, name="first_run"),
    path("teams/new/", accounts.new_team, name="new_team"),
    path("invitations/<str:token>/", people.invitation, name="invitation"),
    path("replies/<str:token>/", senders.reply_confirmation, name="reply_confirmation"),
    path("language/", accounts.language, name="language"),
    path("theme/", accounts.theme, name="theme"),
    path("account/", include(account)),
    path("admin/", admin_urls),
    path("", include("closedorders.responses.public_urls")),
    path("t/<slug:team>/", include(team)),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
