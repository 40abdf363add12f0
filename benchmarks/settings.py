"""The product's settings for measurements: production's database and pages, own folders, the references' URLs."""

from __future__ import annotations

import os

# `BENCH_FOLDER` is the run's own and goes with it. Its processes share it.
os.environ.update(
    DEPLOYMENT="embedded",
    DATA_DIR=os.environ["BENCH_FOLDER"],
    EMAIL_URL=os.environ.get("BENCH_EMAIL_URL", ""),
    LOG_LEVEL="ERROR",
)

from closedorders.settings import *  # noqa: F403  # Django's way to build one settings file on another.

ROOT_URLCONF = "benchmarks.urls"
TEMPLATES = [TEMPLATES[0] | {"DIRS": [BASE_DIR / "templates", BASE_DIR / "benchmarks" / "templates"]}]  # noqa: F405  # as above
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
