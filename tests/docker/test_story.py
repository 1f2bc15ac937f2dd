"""The whole story on the bundled example, as `sandbox demo` tells it; the shapes of its JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.support.commands import Ended, command, kept_signals
from tests.support.recorded import RecordedRun, children, recorded

RUN_KEYS = {
    "variant",
    "run_id",
    "name",
    "status",
    "cause",
    "parameters",
    "tweaks",
    "metrics",
    "elapsed_s",
    "peak_memory_bytes",
    "shared_prefix",
}
TUNABLE_KEYS = {
    "flows_to",
    "name",
    "kind",
    "file",
    "line",
    "qualified_name",
    "value",
    "type",
    "choices",
    "help",
    "worth",
    "suggested",
    "concept",
}


@pytest.fixture(scope="module")
def story(shared_home: Path) -> Iterator[Ended]:
    """`sandbox demo`, once for all that is looked at here."""
    with kept_signals(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SANDBOX_HOME", str(shared_home))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield command("demo", "--json")


@pytest.fixture
def runs(story: Ended) -> list[dict[str, Any]]:
    assert story.code == 0, story.err
    found: list[dict[str, Any]] = story.json["runs"]
    return found


def test_twelve_variants_come_to_their_end_the_baseline_first(runs: list[dict[str, Any]]) -> None:
    assert len({run["variant"] for run in runs}) == 12
    assert {run["status"] for run in runs} == {"succeeded"}
    assert runs[0]["name"] == "baseline"
    assert runs[0]["tweaks"] == []
    assert all(set(run["metrics"]) >= {"accuracy", "train_accuracy", "f1"} for run in runs)
    assert all(run["peak_memory_bytes"] > 2**24 for run in runs)


def test_the_same_variants_give_the_same_numbers_again(
    home: Path, runs: list[dict[str, Any]]
) -> None:
    again = command("run", "digits", "-p", "C=10", "-p", "gamma=0.0001", "--json").json["runs"][0]
    [first] = [run for run in runs if run["name"] == "C=10 gamma=0.0001"]
    assert again["variant"] == first["variant"]
    assert again["metrics"] == first["metrics"]


def test_mlflow_has_a_parent_and_twelve_children_with_all_of_it(
    home: Path, story: Ended, runs: list[dict[str, Any]]
) -> None:
    every_parent, every_child = children(home, story.json["workspace"])
    ours = [run for run in every_parent if run.data.tags["sandbox.sweep"] == story.json["sweep"]]
    [parent] = ours
    mine = [run for run in every_child if _parent(run) == parent.info.run_id]
    assert parent.info.status == "FINISHED"
    assert {run.info.run_id for run in mine} == {run["run_id"] for run in runs}
    assert {run.info.status for run in mine} == {"FINISHED"}
    names = {run.info.run_name for run in mine}
    assert {name.partition(" #")[0] for name in names} == {run["name"] for run in runs}
    assert {"baseline", "baseline #2", "baseline #3"} <= names
    for run in mine:
        _check_values(run.data, next(one for one in runs if one["run_id"] == run.info.run_id))


def _parent(run: Any) -> str:
    return str(run.data.tags["mlflow.parentRunId"])


def _check_values(data: Any, told: dict[str, Any]) -> None:
    assert data.params.items() >= told["parameters"].items()
    assert data.metrics.items() >= told["metrics"].items()
    tags = ("repo", "commit", "variant", "environment", "entry", "status")
    assert all(data.tags[f"sandbox.{name}"] for name in tags)
    assert data.tags["mlflow.note.content"]


def test_each_run_has_its_notebook_its_page_its_lock_and_its_log(
    home: Path, runs: list[dict[str, Any]]
) -> None:
    for one in runs:
        run = recorded(home, one["run_id"])
        assert set(run.files) == {"notebook.ipynb", "notebook.html", "lock.txt", "log.txt"}
        nbformat.validate(run.notebook)
        assert "accuracy: " in run.text("log.txt")
        assert "<html" in run.text("notebook.html")
        assert re.search(r"^scikit-learn==\S+", run.text("lock.txt"), re.MULTILINE)
        assert "://" not in run.text("lock.txt")


def test_a_changed_source_is_kept_as_a_patch(home: Path, story: Ended) -> None:
    source = home / "workspaces" / "digits" / "repo" / "train.py"
    before = source.read_text()
    source.write_text(before.replace("default=1.0", "default=2.0"))
    ended = command("run", "digits", "train.py", "--json")
    source.write_text(before)
    [run] = ended.json["runs"]
    assert "default=2.0" in recorded(home, run["run_id"]).text("tweak.patch")


def test_the_notebook_shows_its_plots(home: Path, story: Ended) -> None:
    ended = command("run", "digits", "digits.ipynb", "-p", "C=10", "--json")
    assert ended.code == 0, ended.err
    [told] = ended.json["runs"]
    assert told["metrics"]["accuracy"] > 0.98
    run: RecordedRun = recorded(home, told["run_id"])
    assert "image/png" in run.mime_types()
    assert "data:image/png;base64," in run.text("notebook.html")


def test_sweep_and_run_have_the_shape_that_programs_rely_on(
    home: Path, story: Ended, runs: list[dict[str, Any]]
) -> None:
    assert set(story.json) >= {"sweep", "experiment_id", "tracking_uri", "runs"}
    assert all(set(run) >= RUN_KEYS for run in runs)
    assert story.json["tracking_uri"] == f"sqlite:///{home / 'mlflow.db'}"
    one = command("run", "digits", "-p", "C=10", "--json").json
    assert set(one) >= {"sweep", "experiment_id", "tracking_uri", "runs"}
    assert [set(run) >= RUN_KEYS for run in one["runs"]] == [True]


def test_scan_has_the_shape_that_programs_rely_on(home: Path, story: Ended) -> None:
    found = command("scan", "digits", "--json").json
    assert [set(one) >= {"path", "kind", "score", "reasons"} for one in found["entries"]]
    assert {one["kind"] for one in found["entries"]} == {"script", "notebook"}
    assert all(set(one) == TUNABLE_KEYS for one in found["tunables"])
    names = {one["name"]: one for one in found["tunables"]}
    assert names["kernel"]["choices"] == ["rbf", "poly", "linear", "sigmoid"]
    assert names["gamma"]["value"] == "0.001"


def test_a_second_build_is_cached_and_has_the_shape_that_programs_rely_on(
    home: Path, story: Ended
) -> None:
    built = command("build", "digits", "--json").json
    keys = {"environment", "python", "packages", "cached", "elapsed_s", "decisions", "dropped"}
    more = {"base", "system_packages", "accelerator", "size_bytes", "lock"}
    assert set(built) >= {*keys, "imports", *more}
    assert built["lock"] == str(home / "workspaces" / "digits" / "lock.txt")
    assert built["size_bytes"] > 10**7
    assert built["cached"] is True
    assert "scikit-learn" in built["packages"]
    assert built["dropped"] == []
    assert built["imports"]["failed"] == []
    assert "sklearn" in {name.partition(".")[0] for name in built["imports"]["ok"]}
    assert (home / "workspaces" / "digits" / "lock.txt").read_text().count("==") == len(
        built["packages"]
    )


def test_compare_reads_the_sweep_back_from_mlflow(home: Path, story: Ended) -> None:
    found = command("compare", story.json["sweep"], "--json").json
    assert set(found) >= {"baseline", "effects", "failures"}
    effect_keys = {"tweak", "metric", "difference", "interval", "verdict"}
    assert all(set(one) >= effect_keys for one in found["effects"])
    assert {one["metric"] for one in found["effects"]} >= {"accuracy", "f1"}
    assert found["failures"] == []


def test_compare_for_people_sets_the_best_run_before_the_baseline(home: Path, story: Ended) -> None:
    shown = command("compare", story.json["sweep"])
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert lines[0].split()[:3] == ["C", "gamma", "accuracy"]
    assert next(i for i, line in enumerate(lines) if "(baseline)" in line) > 1
