"""What Celery's beat starts by the clock."""

from __future__ import annotations


def schedule(*, sweep_seconds: float) -> dict[str, dict[str, object]]:
    """Name -> task and the seconds between its starts. The sweeps enqueue what is due in the database."""
    return {
        "sweep-imports": {"task": "closedorders.imports.tasks.sweep", "schedule": sweep_seconds},
        "forget-import-files": {"task": "closedorders.imports.tasks.forget_import_files", "schedule": 1800.0},
        "erase-documents": {"task": "closedorders.cases.tasks.erase_documents", "schedule": 3600.0},
        "sweep-case-notices": {"task": "closedorders.cases.tasks.sweep", "schedule": sweep_seconds},
        "sweep-documents": {"task": "closedorders.documents.tasks.sweep", "schedule": sweep_seconds},
        "sweep-closure-logs": {"task": "closedorders.closures.tasks.sweep", "schedule": sweep_seconds},
        "sweep-senders": {"task": "closedorders.senders.tasks.sweep", "schedule": sweep_seconds},
        "sweep-mailboxes": {"task": "closedorders.responses.tasks.sweep_mailboxes", "schedule": 60.0},
        "sweep-outbox": {"task": "closedorders.outreach.tasks.sweep", "schedule": sweep_seconds},
        "remove-old-drills": {
            "task": "closedorders.incidents.tasks.remove_old_drills",
            "schedule": 3600.0,
        },
        "sweep-password-resets": {"task": "closedorders.accounts.tasks.sweep", "schedule": sweep_seconds},
        "sweep-digests": {"task": "closedorders.incidents.tasks.sweep_digests", "schedule": 300.0},
        "sweep-risk": {"task": "closedorders.risk.tasks.sweep", "schedule": 300.0},
        "sweep-alerts": {"task": "closedorders.risk.tasks.sweep_alerts", "schedule": sweep_seconds},
        "remove-stray-files": {"task": "closedorders.core.tasks.remove_stray_files", "schedule": 3600.0},
        "worker-heartbeat": {"task": "closedorders.core.tasks.heartbeat", "schedule": 30.0},
    }
