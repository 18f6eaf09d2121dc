"""The recipes run.

Airflow isn't installed for it: that takes over a hundred packages. The DAG runs with a stand-in for its decorators.
"""

from __future__ import annotations

import json
import runpy
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from conftest import Emulator

import journey_events

RECIPES = Path(__file__).parent.parent / "recipes"


@pytest.fixture
def environment(emulator: Callable[..., Emulator], monkeypatch: pytest.MonkeyPatch) -> Emulator:
    service = emulator("--sessions", "2", "--events", "200")
    service.set_environment(monkeypatch)
    monkeypatch.setenv("JOURNEY_SESSION", service.session)
    return service


def test_the_function_of_the_airflow_task_loads_a_day_and_again_nothing(
    environment: Emulator, tmp_path: Path
) -> None:
    load = runpy.run_path(str(RECIPES / "load_journeys.py"))["load"]
    start = min(
        session.created_at.date().isoformat()
        for contact in environment.ready["contacts"]
        for session in journey_events.Client.from_env().contact_sessions(contact)
        if session.created_at
    )
    dataset = str(tmp_path / "journeys")
    assert load(start, dataset) > 0
    assert load(start, dataset) == 0
    assert journey_events.status(dataset)["totals"]["failed"] == 0


def test_the_dag_makes_one_task_that_loads_the_day_of_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = list[tuple[str, str]]()
    # As Airflow calls them, without its database: the DAG's function at once, a task's with the day of the run.
    sdk: Any = types.ModuleType("airflow.sdk")
    sdk.dag = lambda **options: lambda function: function
    sdk.task = lambda **options: lambda function: lambda: function(ds="2026-03-01")
    recipe: Any = types.ModuleType("load_journeys")
    recipe.load = lambda day, dataset: loaded.append((day, dataset))
    for module in (sdk, recipe):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(sys.modules, "airflow", types.ModuleType("airflow"))
    runpy.run_path(str(RECIPES / "airflow_dag.py"))
    assert loaded == [("2026-03-01", "s3://BUCKET/journeys")]


def test_the_cells_of_the_notebook_run_and_draw(environment: Emulator) -> None:
    matplotlib.use("agg")
    notebook = json.loads((RECIPES / "journey.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    figure = names["figure"]
    assert figure.axes[0].collections  # type: ignore[attr-defined]
