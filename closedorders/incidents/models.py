"""The tables of this app, each in the folder of its subject."""

from __future__ import annotations

from .reorder.models import ReorderBatch, ReorderLine, ReorderPlan

__all__ = ["ReorderBatch", "ReorderLine", "ReorderPlan"]
