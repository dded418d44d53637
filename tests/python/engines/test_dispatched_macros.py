"""What differs between engines lives in one folder, and docs/engines.md lists all of it."""

from __future__ import annotations

import re

from orchestration.workspace import PROJECT

WAREHOUSE = PROJECT / "macros" / "warehouse"
VARIANT = re.compile(r"(?:macro|materialization) (?:(\w+?)__(\w+)|(\w+), adapter='(\w+)')")
LISTED = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)


def variants() -> dict[str, set[str]]:
    """The engines each macro or materialization of the folder has a variant for."""
    found: dict[str, set[str]] = {}
    for file in WAREHOUSE.glob("*.sql"):
        for engine, name, made, adapter in VARIANT.findall(file.read_text(encoding="utf-8")):
            found.setdefault(name or made, set()).add(engine or adapter)
    return found


def test_the_page_lists_them_all() -> None:
    page = (PROJECT / "docs" / "engines.md").read_text(encoding="utf-8")
    assert sorted(LISTED.findall(page)) == sorted(variants())
    assert f"**{len(variants())} macros**" in page


def test_they_live_nowhere_else() -> None:
    for folder in ("macros", "models", "tests/data"):
        for file in (PROJECT / folder).rglob("*.sql"):
            text = file.read_text(encoding="utf-8")
            assert "target.type" not in text, file
            if file.parent != WAREHOUSE:
                assert "adapter.dispatch" not in text, file
                assert not VARIANT.search(text), file
