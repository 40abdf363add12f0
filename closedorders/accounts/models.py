from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from closedorders.core.money import CurrencyField
from closedorders.core.page_urls import page_url

from .querysets import AuditEventQuerySet, MembershipQuerySet


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, by e-mail. `is_staff` operators also reach Django's admin for reference data."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(
        _("language"), max_length=5, blank=True, help_text=_("Blank: the team's language.")
    )
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] or self.email


def check_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("%(name)s is not a time zone."), params={"name": name})


class Team(models.Model):
    """One merchant's business: every row of the product belongs to a team, directly or through its parent."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=100)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    language = models.CharField(
        _("language"), max_length=5, blank=True, help_text=_("Blank: what each person's browser asks for.")
    )
    currency = CurrencyField(_("home currency"), default="USD")
    # So many orders of one AliExpress account closed within so many hours are a storm: an incident of their own.
    storm_closures = models.PositiveSmallIntegerField(
        _("closures that make a storm"),
        default=5,
        validators=[MinValueValidator(2), MaxValueValidator(1000)],
        help_text=_(
            "So many orders of one AliExpress account, closed within the hours below, open an incident."
        ),
    )
    storm_hours = models.PositiveSmallIntegerField(
        _("hours of a storm"), default=6, validators=[MinValueValidator(1), MaxValueValidator(168)]
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # A fire drill's own team, thrown away when it is over: nothing in it is real, and no mail of it leaves the house.
    drill_of = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, blank=True, editable=False, related_name="drill"
    )

    #: The newest audit event's key (0: none yet) on a page that is only looked at: see `team_cache`. None elsewhere.
    newest_event: int | None = None

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return page_url(self)

    @property
    def is_drill(self) -> bool:
        return self.drill_of_id is not None

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class ExchangeRate(models.Model):
    """What one unit of a currency is worth in the team's home currency, as a merchant states it: when, and says who.

    Of no use any more once the team has another home currency.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="exchange_rates")
    currency = CurrencyField(_("currency"))
    home = CurrencyField()
    rate = models.DecimalField(_("worth"), max_digits=18, decimal_places=8)
    stated_on = models.DateField(_("day of the rate"))
    source = models.CharField(
        _("source"), max_length=100, help_text=_("Where it is from: your bank, PayPal, the ECB.")
    )

    class Meta:
        ordering = ["currency"]
        constraints = [
            models.UniqueConstraint(fields=["team", "currency"], name="one_rate_per_currency"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="rate_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} → {self.home}"


class Role(models.TextChoices):
    MERCHANT = "merchant", _("Merchant")
    ASSISTANT = "assistant", _("Virtual assistant")
    REVIEWER = "reviewer", _("Reviewer")


class Membership(models.Model):
    """A person's place in a team. Ended memberships stay as history and open nothing."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # How this person likes the pages of this team, e.g. `order_columns`: read with the membership, so free of charge.
    preferences = models.JSONField(default=dict, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "user"], condition=models.Q(ended_at=None), name="one_live_membership"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"

    @property
    def is_merchant(self) -> bool:
        return self.role == Role.MERCHANT

    @property
    def is_assistant(self) -> bool:
        return self.role == Role.ASSISTANT

    @property
    def is_reviewer(self) -> bool:
        return self.role == Role.REVIEWER


class Invitation(models.Model):
    """A link that lets one person join a team in one role, once, for seven days. Only the link's hash is stored.

    An address has one open invitation of a team; one that expired counts as open until the next replaces it.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "team",
                Lower("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.team}"


class PasswordResetRequest(models.Model):
    """Somebody asked for a link to choose a new password; whether anybody has the address is not known yet.

    Deleted once its mail is sent or nobody turned out to have the address (`password_resets`).
    """

    # Lower case may be longer than what was typed: the form limits the length.
    email = models.TextField(unique=True)
    language = models.CharField(max_length=5)
    asked_at = models.DateTimeField()
    #: When a worker may claim the row: now, after a pause, or when the worker that claimed it must be dead.
    not_before = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"password reset {self.pk}"


class WorkSession(models.Model):
    """From which network a member worked: what the checklist's rule on offices and VPNs is judged by.

    Kept per network (/24 or /48), never per address.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="work_sessions")
    network = models.CharField(max_length=50)
    user_agent = models.CharField(max_length=200, blank=True)
    #: Whether a proxy that this installation does not know said that it stands between.
    through_proxy = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "network", "user_agent"], name="one_work_session_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership} · {self.network}"


class AuditEvent(models.Model):
    """Who did what to which thing, what changed, and when. Written in the action's own transaction, never changed."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="audit_events", null=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    thing = models.CharField(max_length=60)
    thing_id = models.BigIntegerField(null=True)
    label = models.CharField(max_length=200, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["team", "thing", "thing_id"], name="audit_by_thing"),
            models.Index(fields=["team", "-id"], name="audit_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("The audit trail is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("The audit trail is append-only.")
