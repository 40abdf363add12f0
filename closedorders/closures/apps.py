from __future__ import annotations

from django.apps import AppConfig


class ClosuresConfig(AppConfig):
    name = "closedorders.closures"
