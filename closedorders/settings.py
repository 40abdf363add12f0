"""One settings file, driven by the environment (see `.env.example`).

Two deployments run the same code:

* ``DEPLOYMENT=embedded`` (default): one machine, SQLite, a Valkey server out of a wheel, mail into a local mailbox.
* ``DEPLOYMENT=production``: PostgreSQL, Redis and real mail. Anything missing or unsafe refuses to start with a
  sentence that says what to set (`core/checks.py` adds the checks that need Django).

Every variable ``NAME`` may instead be given as ``NAME_FILE``, the path of a file that holds the value.
"""

from __future__ import annotations

import os
import ssl
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from closedorders import beat
from closedorders.environment import document_keys, embedded_secret, env, read_files, required, stderr_logging

BASE_DIR = Path(__file__).resolve().parent.parent

read_files(BASE_DIR / ".env")

DEPLOYMENT = env.str("DEPLOYMENT", default="embedded")
if DEPLOYMENT not in {"embedded", "production"}:
    raise ImproperlyConfigured(f"DEPLOYMENT is {DEPLOYMENT!r}: set it to 'embedded' or 'production'.")
EMBEDDED = DEPLOYMENT == "embedded"

# Everything the embedded deployment keeps lives under one folder that can be copied or deleted as a whole.
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).absolute()

# For whoever changes pages: /styleguide/ shows every component, and style sheets and scripts are as they are written.
DEBUG = env.bool("DEBUG", default=False)
if DEBUG and not EMBEDDED:
    raise ImproperlyConfigured(
        "DEBUG is set: in production leave it out, it shows the inside of the program."
    )
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

if EMBEDDED:
    SECRET_KEY = env.str("SECRET_KEY", default="") or embedded_secret(DATA_DIR)
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
else:
    SECRET_KEY = required(
        "SECRET_KEY", "at least 50 random characters, for example from `openssl rand -base64 48`."
    )
    if len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("SECRET_KEY is shorter than 50 characters: make a longer one.")
    ALLOWED_HOSTS = [
        h for h in required("ALLOWED_HOSTS", "the host names of the site, by commas.").split(",") if h
    ]
    if "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS contains '*': name the site's own host names instead.")

DOCUMENT_KEYS = document_keys(DATA_DIR, embedded=EMBEDDED)

SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:" + env.str("PORT", default="8000")).rstrip("/")
if not EMBEDDED and not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured("SITE_URL must be the public https:// address of the site: mails link to it.")

INSTALLED_APPS = [
    "closedorders.core",
    "closedorders.accounts",
    "closedorders.documents",
    "closedorders.orders",
    "closedorders.senders",
    "closedorders.imports",
    "closedorders.closures",
    "closedorders.cases",
    "closedorders.outreach",
    "closedorders.risk",
    "closedorders.responses",
    "closedorders.incidents",
    "closedorders.dashboard",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "anymail",
    "crispy_forms",
    "csp",
    "django_htmx",
    "lucide",
]

MIDDLEWARE = [
    # First, so that no answer leaves without the policy: not a probe's, a redirect to https, or a bad request's.
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "closedorders.core.http.middleware.PageCompressionMiddleware",
    "closedorders.core.http.middleware.ProbesMiddleware",
    "closedorders.core.http.middleware.TextMiddleware",
    "closedorders.core.http.database_away.DatabaseAwayMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "closedorders.core.http.middleware.RefusedMethodsMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "closedorders.accounts.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "closedorders.core.http.middleware.MethodsMiddleware",
]

ROOT_URLCONF = "closedorders.urls"
WSGI_APPLICATION = "closedorders.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
# The templates of `templates/forms/`.
CRISPY_ALLOWED_TEMPLATE_PACKS = "forms"
CRISPY_TEMPLATE_PACK = "forms"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "closedorders.dashboard.context.shell",
            ],
        },
    }
]

# --- Database ---

if not EMBEDDED:
    required("DATABASE_URL", "postgres://user:password@host:5432/name")
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'closedorders.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    if not EMBEDDED:
        raise ImproperlyConfigured(
            "DATABASE_URL names SQLite: in production set it to a PostgreSQL database."
        )
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue up at BEGIN instead of failing halfway through a transaction.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
    # A file, so that tests with several connections see what the embedded deployment sees.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / f"test-{os.getpid()}.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,
        # A server that is gone without a word (power, network) is noticed within a minute, whoever waits for it: half a
        # minute of idleness and three unanswered questions, or a minute in which nothing sent is acknowledged. Not
        # sooner: a server that is only stalled must not lose a worker in the middle of a long COPY.
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,
        # What DATABASE_URL says goes before, e.g. ?sslmode=require.
        **DATABASES["default"].get("OPTIONS", {}),
    }
# The longest that a statement of a page may take; workers and commands have no such limit
# (`core/http/database_watch.py`).
PAGE_STATEMENT_SECONDS = env.int("PAGE_STATEMENT_SECONDS", default=30)

# Sign-in throttling must hold when Redis is away, so the cache that counts attempts lives in the database.
# Django's default of 300 entries would let anybody push the counts out by trying many addresses.
CACHES = {
    "default": {
        "BACKEND": "closedorders.core.database.cache.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Tasks ---

if not EMBEDDED:
    required("REDIS_URL", "redis://host:6379/0")
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:" + env.str("VALKEY_PORT", default="6390") + "/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT = "closedorders.core.task_queue.redis_transport:Transport"
CELERY_WORKER_CONSUMER = "closedorders.core.task_queue.consumer:Consumer"
if REDIS_URL.startswith("rediss://"):
    # What the URL itself says of its certificate goes before; kombu left alone would check none.
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TIMEZONE = "UTC"
# One chain, each longer than the next: a task is never given to a second worker while the first may still speak
# to the mail server. Broker visibility > lease > hard limit > soft limit > wait for the reply after the final dot.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "retry_on_timeout": False,
    # Whoever rings the bell tries once and at once: kombu would wait two seconds and more between tries, in a page.
    # (Workers wait for their broker by other settings, for ever.)
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", default=900)
CELERY_TASK_TIME_LIMIT = env.int("TASK_TIME_LIMIT", default=720)
CELERY_TASK_SOFT_TIME_LIMIT = env.int("TASK_SOFT_TIME_LIMIT", default=660)
SMTP_FINAL_REPLY_TIMEOUT = env.int("SMTP_FINAL_REPLY_TIMEOUT", default=600)
# How long an import waits for the worker that has it before another one may go on with it.
IMPORT_LEASE_SECONDS = env.int("IMPORT_LEASE_SECONDS", default=180)
# How often what the database says is due is put in front of the workers again.
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=5.0)
# How long a person may take back a send after typing the count.
SEND_UNDO_SECONDS = env.int("SEND_UNDO_SECONDS", default=60)
CELERY_BEAT_SCHEDULE = beat.schedule(sweep_seconds=SWEEP_SECONDS)
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# --- Mail ---

LOCAL_MAILBOX = DATA_DIR / "mailbox"
if env.str("EMAIL_URL", default=""):
    _scheme = env.str("EMAIL_URL").partition("://")[0]
    # All others (console, memory, file, dummy) accept every mail and deliver none: each would be counted as sent.
    if env.EMAIL_SCHEMES.get(_scheme) != "django.core.mail.backends.smtp.EmailBackend":
        raise ImproperlyConfigured(
            # Not the value itself: it may hold a password.
            "EMAIL_URL does not name a mail server: set it to one that delivers, e.g. smtp+tls://user:password@host:587"
            + (", or leave it out for the local mailbox." if EMBEDDED else ".")
        )
    _email = env.email_url("EMAIL_URL")
    EMAIL_BACKEND = _email["EMAIL_BACKEND"]
    EMAIL_HOST = _email.get("EMAIL_HOST") or "localhost"
    EMAIL_PORT = _email.get("EMAIL_PORT") or 25
    EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
    EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
    EMAIL_USE_TLS = bool(_email.get("EMAIL_USE_TLS"))
    EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_SSL"))
elif EMBEDDED:
    EMAIL_BACKEND = "closedorders.core.mail.mailbox_backend.LocalMailboxBackend"
else:
    raise ImproperlyConfigured(
        "EMAIL_URL is not set. In production it must be, e.g. smtp+tls://user:password@host:587"
    )
EMAIL_FILE_PATH = str(LOCAL_MAILBOX)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Closed Orders <noreply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Who is asked for SPF, DKIM and DMARC, as address or address:port; by default the machine's own name servers.
DNS_SERVERS = env.list("DNS_SERVERS", default=[])
MESSAGE_ID_DOMAIN = env.str("MESSAGE_ID_DOMAIN", default=parseaddr(DEFAULT_FROM_EMAIL)[1].rpartition("@")[2])

# The mail provider that reports what became of mails (`responses/mail_events/`), and the secret it proves itself with.
MAIL_EVENTS = env.str("MAIL_EVENTS", default="")
MAIL_EVENTS_SECRET = env.str("MAIL_EVENTS_SECRET", default="")
if MAIL_EVENTS and MAIL_EVENTS not in {"postmark", "mailgun"}:
    raise ImproperlyConfigured(
        f"MAIL_EVENTS is {MAIL_EVENTS!r}: set it to 'postmark' or 'mailgun', or leave it out."
    )
if MAIL_EVENTS and len(MAIL_EVENTS_SECRET) < 16:
    raise ImproperlyConfigured(
        "MAIL_EVENTS_SECRET is shorter than 16 characters: for Mailgun its webhook signing key, "
        "for Postmark user:password as in the address of the webhook, with a long password."
    )
if MAIL_EVENTS == "postmark" and ":" not in MAIL_EVENTS_SECRET:
    raise ImproperlyConfigured("MAIL_EVENTS_SECRET has no colon: for Postmark it is user:password.")
# How many days after a mail its customer may open the page that it links to.
CUSTOMER_PAGE_DAYS = env.int("CUSTOMER_PAGE_DAYS", default=90)

# --- Sign-in ---

# Who creates the first merchant of a fresh production site must know it: the site may be found before its owner comes.
SETUP_CODE = env.str("SETUP_CODE", default="")
if SETUP_CODE and len(SETUP_CODE) < 16:
    raise ImproperlyConfigured("SETUP_CODE is shorter than 16 characters: make a longer one.")

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "closedorders.accounts.people.adapter.InvitedOnlyAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"reset_password": "closedorders.accounts.people.forms.PasswordResetForm"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login_failed": "5/5m/key,30/5m/ip",
    "login": "60/m/ip",
    "reset_password": "20/m/ip,5/m/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# --- Browser security ---

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        # The preview of a mail. Every other page forbids to be framed.
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
if not EMBEDDED:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^live$", r"^ready$"]
    if env.bool("BEHIND_TLS_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Languages, static and private files ---

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "closedorders" / "locale"]
FORMAT_MODULE_PATH = "closedorders.core.formats"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "closedorders.core.static_files.typeface.TypefaceFinder",
]
# Collected, bundled and compressed by `core/static_files/` before the first page: nothing to do, so nothing to forget.
STATIC_ROOT = env.str(
    "STATIC_ROOT", default=str(DATA_DIR / "static" if EMBEDDED else BASE_DIR / "staticfiles")
)
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Uploaded order files hold customers' data: never under a URL, readable by the owner only.
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "closedorders.core.files.stored_files.WholeFileStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "closedorders.core.static_files.storage.BundledStorage"
    },
}
# How much the redrawn documents of one team may take up.
VAULT_TEAM_BYTES = env.int("VAULT_TEAM_BYTES", default=200 * 1024 * 1024)
# And those of all teams.
VAULT_BYTES = env.int("VAULT_BYTES", default=10 * 1024**3)
# How many pictures and PDFs are opened at once on a machine: each child may take half a gigabyte.
PICTURE_PROCESSES = max(1, env.int("PICTURE_PROCESSES", default=2))
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "closedorders.core.files.stored_files.WholeFileUploadHandler",
]
# Beside what is kept: what a killed process leaves of an upload is found and deleted, and a whole file is only moved.
FILE_UPLOAD_TEMP_DIR = MEDIA_ROOT / "incoming"
# That folder is made with the first upload, not before the first check.
SILENCED_SYSTEM_CHECKS = ["files.E001"]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=512 * 1024 * 1024)

# --- Logs ---

LOGGING = stderr_logging(env.str("LOG_LEVEL", default="INFO"))
