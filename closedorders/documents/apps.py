from __future__ import annotations

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "closedorders.documents"

    def ready(self) -> None:
        # Models can be imported only now.
        from django.utils.translation import gettext_lazy as _

        from closedorders.accounts.audit.words import name_fields, name_values

        from .keys import register_wrapped_keys
        from .models import Document, PageImage

        name_fields(
            {
                "document_kind": _("Kind of document"),
                "pages": _("Pages"),
                "page": _("Page"),
                "boxes": _("Boxes"),
                "deleted_why": _("Why it was deleted"),
            }
        )
        name_values("document_kind", Document.Kind)
        name_values("deleted_why", Document.Deletion)
        register_wrapped_keys(PageImage)
