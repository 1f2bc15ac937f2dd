"""A sweep, its runs, and stores to record them in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.domain import Run, RunStatus, Scalar, Sweep, Tweak
from sandbox.recorders import MlflowRecorder
from sandbox.recorders.backends import open_backend

EXPERIMENT = "makemore"


@pytest.fixture
def sweep() -> Sweep:
    return Sweep(
        id="20261120-210215-a1b2",
        workspace=EXPERIMENT,
        repo="https://github.com/karpathy/makemore",
        commit="988aa59e4d8fefa526d06f3b453ad116258398d4",
        entry="makemore.py",
        environment="0123456789abcdef",
        variants=12,
        command="sandbox sweep makemore -p lr=0.1,0.2",
        started_at=1795210457.25,
        question="does the rate matter?",
        directions={"test_loss": "min"},
    )


@pytest.fixture
def make_run() -> Callable[..., Run]:
    def make(number: int = 0, **changes: object) -> Run:
        values: dict[str, object] = {
            "variant": f"variant{number}",
            "name": f"lr=0.{number}",
            "status": RunStatus.succeeded,
            "entry": "makemore.py",
            "environment": "0123456789abcdef",
            "commit": "c0ffee",
            "parameters": {"lr": f"0.{number}", "max-steps": "1001"},
            "tweaks": (Tweak("lr", f"0.{number}", "makemore.py:lr"),),
            "metrics": {"loss": 0.5, "test_loss": 2.25},
            "scalars": (
                Scalar("loss", 3.5, 0),
                Scalar("test_loss", 2.25, 500),
                Scalar("loss", 0.5, 10),
            ),
            "started_at": 1795210460.125 + number,
            "elapsed_s": 6.5,
            "cpu_s": 6.25,
            "peak_memory_bytes": 300_000_000,
            "exit_code": 0,
            "notes": ("one note",),
        }
        return Run(**{**values, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def made_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was made once, to be copied: making one takes seconds."""
    folder = tmp_path_factory.mktemp("store")
    uri = f"sqlite:///{folder}/made.db"
    open_backend(uri, folder / "schema.txt", folder / "made.lock")
    return folder / "made.db"


@pytest.fixture(scope="session")
def schema(made_store: Path) -> Path:
    """What is remembered of MLflow since it made that store."""
    return made_store.with_name("schema.txt")


@pytest.fixture
def store_uri(made_store: Path, tmp_path: Path) -> str:
    shutil.copy(made_store, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture
def recorder(store_uri: str, schema: Path, tmp_path: Path) -> MlflowRecorder:
    lock = tmp_path / "store.lock"
    return MlflowRecorder(
        store_uri, tmp_path / "artifacts", experiment=EXPERIMENT, lock=lock, schema=schema
    )
