"""Great Expectations starts late, once, quietly, and from where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.quality import startup
from orchestration.workspace import PROJECT


def test_the_suites_folder_does_not_stand_in_for_the_library() -> None:
    """The folder bears the library's name: a module in it would be imported in its place."""
    assert list((PROJECT / "great_expectations").rglob("*.py")) == []
    installed = Path(startup.great_expectations().__file__)
    assert PROJECT / "great_expectations" not in installed.parents


def test_usage_reporting_is_off_whatever_the_user_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", "true")
    startup.preload().join()
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_spark_is_kept_out(tmp_path: Path) -> None:
    """Where pyspark lacks what it could use, importing it may end the process."""
    (tmp_path / "pyspark.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    code = (
        "from orchestration.quality import startup; import sys; startup.great_expectations(); "
        "print('alive', 'pyspark' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "alive False\n"


def test_the_gates_are_imported_without_the_library() -> None:
    code = "import orchestration.quality.gates, sys; sys.exit('great_expectations' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)


def test_a_module_that_was_put_off_is_imported_on_first_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with startup._put_off(("colorsys",)):
        import colorsys as put_off

        assert not hasattr(put_off, "__file__")
    assert "colorsys" not in sys.modules
    assert put_off.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    import colorsys

    assert colorsys.__file__
