"""`make messages`: keep the translations in step with the code, without GNU gettext."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from closedorders.core.catalogues import translations
from closedorders.core.catalogues.template_text import hard_coded_text


class Command(BaseCommand):
    help = "Bring the message catalogues up to date, check them, or compile them."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument(
            "--check", action="store_true", help="change nothing; fail on what is not translated"
        )
        mode.add_argument("--compile", action="store_true", help="write the .mo files that Django reads")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["compile"]:
            for language in translations.languages():
                translations.compile_catalogue(language)
        elif options["check"]:
            self._check()
        else:
            self._update()

    def _update(self) -> None:
        for language in translations.languages():
            catalogue = translations.updated(language)
            changed = translations.write(language, catalogue)
            open_messages = sum(1 for message in catalogue if message.id and not message.string)
            self.stdout.write(
                f"{language}: {'updated' if changed else 'unchanged'}, {len(catalogue)} messages, "
                f"{len(catalogue.obsolete)} obsolete, {open_messages} to translate"
            )

    def _check(self) -> None:
        source = translations.extracted()
        found: list[str] = []
        for language in translations.languages():
            name = translations.catalogue_path(language).relative_to(settings.BASE_DIR)
            found += [
                f"{name}: {line}" for line in translations.complaints(translations.stored(language), source)
            ]
        for path in translations.template_files():
            name = path.relative_to(settings.BASE_DIR)
            text = path.read_text(encoding="utf-8")
            found += [
                f"{name}:{line}: not translatable: {words!r}"
                for line, words in hard_coded_text(text, is_html=path.suffix == ".html")
            ]
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} texts are not translated as they should be.")
