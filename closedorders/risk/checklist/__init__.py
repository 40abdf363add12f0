"""The checklist as people read it: facts, rules and the newest answers, put into words."""

from __future__ import annotations

from .findings import Finding, checklist, red_causes, score_of, thresholds_of, worst_first

__all__ = ["Finding", "checklist", "red_causes", "score_of", "thresholds_of", "worst_first"]
