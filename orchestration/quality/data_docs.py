"""Data Docs: the results as pages to read, for the latest run.

Great Expectations' pages load a picture from its own server, which tells it who is reading; they
get the copy that lies beside them instead. (Their style sheets come from public servers: offline,
the pages are plain but complete.)
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

_SITE = "leadger"
_RESULTS_KEPT = 300
_PICTURES = "https://great-expectations-web-assets.s3.us-east-2.amazonaws.com/"


def build_site(context: Any, folder: Path) -> Path:
    """Render everything the context has validated into `folder`; gives its first page."""
    for section in ("validations", "expectations"):
        shutil.rmtree(folder / section, ignore_errors=True)
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(folder),
        },
    }
    if _SITE in context.get_site_names():
        context.update_data_docs_site(_SITE, site)
    else:
        context.add_data_docs_site(_SITE, site)
    context.build_data_docs(site_names=[_SITE])
    for page in (*folder.rglob("*.html"), *folder.glob("static/styles/*.css")):
        _use_own_pictures(page, folder)
    return folder / "index.html"


def _use_own_pictures(page: Path, folder: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if _PICTURES in text:
        up = "../" * (len(page.relative_to(folder).parts) - 1)
        page.write_text(text.replace(_PICTURES, f"{up}static/images/"), encoding="utf-8")


def forget_old_results(folder: Path) -> None:
    """Delete all but the latest result files."""
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[_RESULTS_KEPT:]:
        file.unlink()
