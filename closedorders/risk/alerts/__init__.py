"""Alerts: a cause that gets worse is noted once, and goes the ways that the team chose for its level."""
