"""Where static files are collected to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from .bundles import css_bundle, js_bundle

BUNDLES = {"css/app.css": css_bundle, "js/main.js": js_bundle}

#: Name of a file -> the storage it comes from, and its name there.
Paths = dict[str, tuple[Storage, str]]


class BundledStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise is untyped
    """Bundles, names by content (so that browsers keep them for good), and gzip and Brotli beside each file."""

    # Packages name source maps that they do not ship.
    patterns = tuple(
        (extension, tuple(each for each in found if "sourceMappingURL" not in str(each)))
        for extension, found in CompressedManifestStaticFilesStorage.patterns
    )

    def post_process(self, paths: Paths, dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:

            def read(name: str) -> str:
                storage, path = paths[name]
                with storage.open(path) as file:
                    return bytes(file.read()).decode()

            # From the sources: what was collected before may be a bundle already.
            bundled = {name: bundle(name, read) for name, bundle in BUNDLES.items()}
            for name, text in bundled.items():
                self.delete(name)
                self._save(name, ContentFile(text.encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)
