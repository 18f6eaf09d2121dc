"""Examples of docstrings and of both README.md do what they say."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from conftest import Emulator

import journey_events
from journey_events import Client

HERE = Path(__file__).parent.parent
# The package's own, and the repository's.
READMES = [HERE / "README.md", HERE.parent / "README.md"]


def documented() -> list[tuple[str, str]]:
    found = [("journey_events", journey_events.__doc__ or "")]
    for name in journey_events.__all__:
        value = getattr(journey_events, name)
        assert value.__doc__, f"{name} has no docstring"
        found.append((name, value.__doc__))
        if isinstance(value, type):
            for member, method in vars(value).items():
                if not member.startswith("_") and isinstance(method.__doc__, str):
                    found.append((f"{name}.{member}", method.__doc__))
    return [(name, text) for name, text in found if ">>>" in text]


@pytest.mark.parametrize(("name", "text"), documented(), ids=[name for name, _ in documented()])
def test_the_example_of_a_docstring_holds(
    name: str, text: str, service: Emulator, client: Client, tmp_path: Path
) -> None:
    dataset, folder = tmp_path / "dataset", tmp_path / "folder"
    if name == "status":
        journey_events.sync(dataset, client=client, create=True, sessions=[service.session])
    names = {
        "Checkpoint": journey_events.Checkpoint,
        "client": client,
        "Client": Client,
        "contact_id": service.ready["contacts"][0],
        "conversation_id": service.ready["conversations"][0],
        "dataset": dataset,
        "folder": folder,
        "session_id": service.session,
    }
    test = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
    said = list[str]()
    failed = doctest.DocTestRunner().run(test, out=said.append).failed
    assert failed == 0, "".join(said)


def test_the_examples_are_many() -> None:
    assert len(documented()) >= 14


@pytest.mark.parametrize(("readme", "least"), list(zip(READMES, [6, 1])), ids=["package", "repository"])
def test_the_blocks_of_the_readme_run(
    readme: Path, least: int, service: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    service.set_environment(monkeypatch)
    names: dict[str, object] = {"session_id": service.session, "contact_id": service.ready["contacts"][0]}
    blocks = re.findall(r"```python\n(.*?)```", readme.read_text(encoding="utf-8"), re.S)
    assert len(blocks) >= least
    for block in blocks:
        exec(compile(block, str(readme), "exec"), names)
