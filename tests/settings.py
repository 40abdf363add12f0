"""The product's settings, for tests: own folders, no outside service but the database the environment names."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="closedorders-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ.update(DEPLOYMENT="embedded", DATA_DIR=_folder, EMAIL_URL="")

from closedorders.settings import *  # noqa: E402, F403  # Django's way to build one settings file on another.

# Pages name static files as they are written; collecting them has tests of its own.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
STATICFILES_FINDERS = STATICFILES_FINDERS[:2]  # noqa: F405
WHITENOISE_USE_FINDERS = True
# Files are looked up when asked for: else every test client would first read all of them, a fifth of the suite's time.
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = None

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Nothing runs by accident: what a test enqueues stays in this process's memory until the test runs it.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TASK_ALWAYS_EAGER = False
