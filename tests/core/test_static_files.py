"""Static files as they are collected: bundled, compressed, named by their content."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.http import HttpResponse
from django.test import RequestFactory
from fontTools.ttLib import TTFont

from closedorders import settings as product
from closedorders.core.http.middleware import PageCompressionMiddleware
from closedorders.core.static_files import collected, typeface
from closedorders.core.static_files.bundles import css_bundle, js_bundle

STATIC = Path(settings.BASE_DIR) / "static"


def read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def test_one_style_sheet_has_all_of_them_in_their_layers() -> None:
    bundle = css_bundle("css/app.css", read)
    assert "@import" not in bundle
    assert "/*" not in bundle
    assert bundle.count("@layer components {") == read("css/app.css").count("layer(components)")
    assert bundle.count("{") == bundle.count("}")
    assert ".toast-error" in bundle


def test_one_script_has_every_module_in_a_block_of_its_own() -> None:
    bundle = js_bundle("js/main.js", read)
    assert not re.search(r"^(import|export)\b", bundle, re.M)
    assert bundle.index("const announce =") < bundle.index("announce(button.dataset.copied)")
    assert bundle.count("const announce =") == 1
    names = re.findall(
        r"^(?:const|let|function|class) (\w+)", re.sub(r"^\{$.*?^\}$", "", bundle, flags=re.M | re.S), re.M
    )
    assert len(names) == len(set(names))


def test_modules_are_written_in_the_forms_that_the_bundle_knows() -> None:
    for path in (STATIC / "js").rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        for line in re.findall(r"^.*\bimport\b.*$", text, re.M):
            assert re.match(r'import (\{ [\w, ]+ \} from )?"\.{1,2}/[\w/-]+\.js";$|\s*//', line), (
                path.name,
                line,
            )
        assert not re.search(r"^export (default|\{|\*)", text, re.M), path.name


@pytest.fixture
def collecting(settings: Any, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = str(tmp_path / "static")
    settings.DATA_DIR = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": product.STORAGES["staticfiles"]}
    settings.STATICFILES_FINDERS = product.STATICFILES_FINDERS
    return tmp_path / "static"


def test_files_are_collected_once_and_again_when_one_has_changed(
    collecting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def collect(name: str, **options: Any) -> None:
        calls.append(name)
        call_command(name, **options)

    monkeypatch.setattr(collected, "call_command", collect)
    collected.ensure_collected()
    sheet = collecting / staticfiles_storage.url("css/app.css").removeprefix("/static/")
    text = sheet.read_text(encoding="utf-8")
    assert re.fullmatch(r"app\.[0-9a-f]{12}\.css", sheet.name)
    assert re.search(r'url\("\.\./fonts/inter\.[0-9a-f]{12}\.woff2"\)', text)
    sizes = [
        path.stat().st_size
        for path in (sheet, sheet.with_name(sheet.name + ".gz"), sheet.with_name(sheet.name + ".br"))
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] < 15_000
    collected.ensure_collected()
    assert len(calls) == 1
    monkeypatch.setattr(typeface, "FEATURES", ("kern",))
    collected.ensure_collected()
    assert len(calls) == 2


def test_the_typeface_has_the_letters_and_weights_of_our_pages_and_is_small(collecting: Path) -> None:
    path = typeface.made()
    assert path.stat().st_size < 45_000
    font = TTFont(path)
    letters = font.getBestCmap()
    assert [letter for letter in "áéíñ¿¡ąčęłőşţžßØđ€£₺–“”…·" if ord(letter) not in letters] == []
    assert {(axis.axisTag, axis.minValue, axis.maxValue) for axis in font["fvar"].axes} == {
        ("wght", 400, 700)
    }
    assert "tnum" in {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
    assert (files("fontpkg_inter") / "LICENSE").is_file()


@pytest.mark.parametrize(
    ("headers", "encoding"), [({}, "gzip"), ({"Content-Disposition": "attachment"}, None)]
)
def test_pages_are_compressed_and_files_to_keep_are_not(
    headers: dict[str, str], encoding: str | None
) -> None:
    middleware = PageCompressionMiddleware(lambda request: HttpResponse("x" * 2000, headers=headers))
    answer = middleware(RequestFactory().get("/", headers={"Accept-Encoding": "gzip"}))
    assert isinstance(answer, HttpResponse)
    assert answer.headers.get("Content-Encoding") == encoding
