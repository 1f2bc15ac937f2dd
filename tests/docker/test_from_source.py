"""Packages without wheels, through the real command line: built in quarantine, or told."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.engines.docker import DockerEngine
from tests.support.commands import command, start, write_repository
from tests.support.sdists import bundled_pip, make_sdist
from tests.support.wheels import make_index, make_wheel

BREAKS = "def act(): print('looking for luck'); raise SystemExit('no luck today')"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose only index has two sdists, `kind` and `cruel`, and wheels of pip and alpha."""
    wheels = [bundled_pip(), make_wheel(tmp_path / "wheels", "alpha", "1.0")]
    make_sdist(tmp_path / "sdists", "kind")
    make_sdist(tmp_path / "sdists", "cruel", code=BREAKS)
    home = tmp_path / "home"
    home.mkdir()
    lines = [
        "[indexes]",
        f'index_url = "{make_index(tmp_path / "simple", wheels)}"',
        f'find_links = ["{tmp_path / "sdists"}"]',
    ]
    (home / "sandbox.toml").write_text("\n".join(lines))
    monkeypatch.setenv("SANDBOX_HOME", str(home))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home}/mlflow.db")
    return tmp_path


def test_what_has_no_wheel_is_built_from_source_and_runs(site: Path) -> None:
    files = {"requirements.txt": "kind\n", "train.py": "import kind\nprint('loss:', 0.5)\n"}
    target = str(write_repository(site / "good", files))
    built = command("build", target, "--json")
    assert built.code == 0, built.err
    assert built.json["from_source"] == ["kind"]
    assert built.json["imports"] == {"ok": ["kind"], "failed": []}
    assert Path(built.json["lock"]).read_text().count("# from source") == 1
    ran = command("run", "good", "train.py", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["runs"][0]["metrics"] == {"loss": 0.5}


def test_what_cannot_be_built_and_is_imported_is_an_error_with_its_log(site: Path) -> None:
    files = {"requirements.txt": "cruel\n", "train.py": "import cruel\nprint('loss:', 0.5)\n"}
    target = str(write_repository(site / "bad", files))
    built = command("build", target, "--json")
    assert built.code == 1
    assert [one["name"] for one in built.json["imports"]["failed"]] == ["cruel"]
    (dropped,) = built.json["dropped"]
    assert "no luck today" in dropped["why"]
    assert any("looking for luck" in line for line in dropped["log"])
    shown = command("build", "bad")
    assert "no luck today" in shown.out
    ran = command("run", "bad", "train.py")
    assert ran.code == 1
    assert "error: cruel is imported and cannot be had" in ran.err


def test_what_cannot_be_built_and_nobody_imports_is_left_out_and_told(site: Path) -> None:
    files = {"requirements.txt": "alpha\ncruel\n", "train.py": "import alpha\nprint('loss:', 1)\n"}
    target = str(write_repository(site / "odd", files))
    ran = command("run", target, "train.py", "--json")
    assert ran.code == 0, ran.err
    assert "cruel is missing" in ran.err
    assert ran.json["runs"][0]["status"] == "succeeded"


SLEEPS = "def act():\n    import time\n    time.sleep(600)"


def test_an_interrupt_ends_all_builds_and_leaves_nothing_behind(
    site: Path, docker_engine: DockerEngine
) -> None:
    for name in ("slow", "slower"):
        make_sdist(site / "sdists", name, code=SLEEPS)
    files = {"requirements.txt": "slow\nslower\n", "train.py": "print('loss:', 1)\n"}
    target = str(write_repository(site / "stopped", files))
    process = start(["build", target], site / "home")

    def containers() -> list[Any]:
        filters = {"label": "sandbox=build"}
        found = docker_engine.client.containers.list(all=True, filters=filters, ignore_removed=True)
        return [one for one in found if f"/{process.pid}/" in one.labels["sandbox.owner"]]

    def building() -> int:
        return sum("pip wheel" in str(one.attrs["Config"]["Cmd"]) for one in containers())

    most = min(docker_engine.workbench().at_once, 2)
    deadline = time.monotonic() + 240
    while building() < most and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
    assert building() == most
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert not containers()
    kept = (site / "home" / "cache" / "wheels").rglob("*")
    assert not [path.name for path in kept if path.is_file()]


def test_what_a_failed_run_teaches_costs_no_package_that_was_built(site: Path) -> None:
    make_sdist(site / "sdists", "gensim", "4.3")
    target = str(
        write_repository(site / "old", {"train.py": "import gensim\ngensim.summarization"})
    )
    ran = command("run", target, "train.py")
    assert "trying gensim<4" in ran.err
    assert "does not help, so it is left" in ran.err
    assert "has no attribute 'summarization'" in ran.out
    assert "gensim==4.3" in (site / "home" / "workspaces" / "old" / "lock.txt").read_text()
