"""The recipes run.

Airflow isn't installed for it: that takes over a hundred packages. What runs is the function that the task calls.
"""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Emulator

import journey_events

RECIPES = Path(__file__).parent.parent / "recipes"


@pytest.fixture
def environment(emulator: Callable[..., Emulator], monkeypatch: pytest.MonkeyPatch) -> Emulator:
    service = emulator("--sessions", "2", "--events", "200")
    host, port = service.base_url.removeprefix("http://").strip("/").split(":")
    for name, value in {"HOST": host, "PORT": port, "PROTOCOL": "http"}.items():
        monkeypatch.setenv(f"GENESYSCLOUD_GATEWAY_{name}", value)
    monkeypatch.setenv("GENESYSCLOUD_ACCESS_TOKEN", "any")
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
    # The DAG is compiled, not run.
    compile((RECIPES / "airflow_dag.py").read_text(encoding="utf-8"), "airflow_dag.py", "exec")


def test_the_cells_of_the_notebook_run_and_draw(environment: Emulator) -> None:
    pytest.importorskip("pandas")
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    notebook = json.loads((RECIPES / "journey.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    figure = names["figure"]
    assert figure.axes[0].collections  # type: ignore[attr-defined]
