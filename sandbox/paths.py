"""Where things lie on disk: the only place that knows the names of our files and folders.

Nothing here touches the disk.
"""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """`$SANDBOX_HOME`."""

    root: Path

    @property
    def settings(self) -> Path:
        return self.root / "sandbox.toml"

    @property
    def workspaces(self) -> Path:
        return self.root / "workspaces"

    @property
    def database(self) -> Path:
        return self.root / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        return self.root / "artifacts"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def store(self) -> Path:
        """The local engine's Store; the docker engine keeps its own in a volume."""
        return self.root / "store"

    @property
    def builds(self) -> Path:
        """What is known of builds in the Store."""
        return self.cache / "builds"

    @property
    def pip(self) -> Path:
        """What pip said of its configuration."""
        return self.cache / "pip.json"

    @property
    def checked(self) -> Path:
        """Settings that were found to be fine."""
        return self.cache / "settings.json"

    @property
    def github(self) -> Path:
        """What GitHub answered lately."""
        return self.cache / "github"

    @property
    def schema(self) -> Path:
        """The schema that the installed MLflow gives its stores."""
        return self.cache / "mlflow-schema.txt"

    @property
    def scripts(self) -> Path:
        """Libraries that reports bring along."""
        return self.cache / "scripts"

    @property
    def identity(self) -> str:
        """This home's name among others that use the same Store; tells nothing of where it is."""
        whole = f"{platform.node()}:{self.root}"
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    def use_lock(self, key: str) -> Path:
        """Held by who uses the Environment of that key."""
        return self.cache / "uses" / f"{key}.lock"

    def lock(self, name: str) -> Path:
        """A lock file shared by every process that uses this home."""
        return self.cache / "locks" / f"{name}.lock"

    def workspace(self, name: str) -> WorkspacePaths:
        return WorkspacePaths(self.workspaces / name)


@dataclass(frozen=True)
class WorkspacePaths:
    """One workspace's folder."""

    root: Path

    @property
    def description(self) -> Path:
        return self.root / "workspace.toml"

    @property
    def repo(self) -> Path:
        return self.root / "repo"

    @property
    def syncing(self) -> WorkspacePaths:
        """While its files are brought up to date: the description it will have."""
        return WorkspacePaths(self.root / "syncing")

    @property
    def lock(self) -> Path:
        return self.root / "lock.txt"

    @property
    def environment(self) -> Path:
        return self.root / "environment.json"

    @property
    def shared(self) -> Path:
        """The Environment of all entries together, and which of them can live in it."""
        return self.root / "shared.json"

    @property
    def accelerator(self) -> Path:
        """What its packages are chosen for, where a build was told."""
        return self.root / "accelerator.txt"

    @property
    def follow(self) -> Path:
        """Whether packages at git repositories are fetched, where a build was told."""
        return self.root / "follow.txt"

    @property
    def added(self) -> Path:
        """What its packages have besides, where a build was told."""
        return self.root / "added.txt"

    @property
    def lessons(self) -> Path:
        """What failed runs have taught of its entries."""
        return self.root / "lessons.json"

    @property
    def reading(self) -> Path:
        """What its files say, as long as they do not change."""
        return self.root / "reading.json"

    @property
    def scans(self) -> Path:
        """What can be tweaked, as long as its files do not change."""
        return self.root / "scans.json"

    @property
    def imports(self) -> Path:
        """What entries import in which Environment, as their runs showed."""
        return self.root / "imports.json"

    @property
    def notes(self) -> Path:
        """What its user thought of runs and did with them."""
        return self.root / "notes.jsonl"

    @property
    def sweeps(self) -> Path:
        return self.root / "sweeps"

    def sweep(self, sweep_id: str) -> SweepPaths:
        return SweepPaths(self.sweeps / sweep_id)


@dataclass(frozen=True)
class SweepPaths:
    """One sweep's folder."""

    root: Path

    @property
    def journal(self) -> Path:
        return self.root / "journal.jsonl"

    @property
    def importances(self) -> Path:
        """What a model said of its tunables, so that it need not be asked again."""
        return self.root / "importances.json"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    def run(self, key: str) -> RunPaths:
        return RunPaths(self.runs / key)


@dataclass(frozen=True)
class RunPaths:
    """One run's files, before and after they are recorded."""

    root: Path

    @property
    def notebook(self) -> Path:
        return self.root / "notebook.ipynb"

    @property
    def html(self) -> Path:
        return self.root / "notebook.html"

    @property
    def log(self) -> Path:
        return self.root / "log.txt"

    @property
    def patch(self) -> Path:
        return self.root / "tweak.patch"

    @property
    def lock(self) -> Path:
        return self.root / "lock.txt"

    @property
    def files(self) -> Path:
        """What the studied code wrote, as far as it was copied out."""
        return self.root / "files"
