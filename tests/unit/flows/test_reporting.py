"""A sweep out of a real store as files, with what its executed notebooks showed."""

from __future__ import annotations

import csv
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import api, recorders
from sandbox.domain import Run, RunStatus, Scalar, Sweep
from sandbox.errors import InputError
from sandbox.flows.context import Context
from sandbox.flows.recording import tracking_uri
from sandbox.flows.reporting import Files
from sandbox.recorders.store import open_client
from tests.support.commands import command, write_repository
from tests.support.images import png
from tests.support.made_notebooks import notebook, picture, stream
from tests.support.made_runs import make_run

pytestmark = pytest.mark.slow

ID = "20260101-000000-aaa1"
PARENT_KIND = "tags.`sandbox.kind` = 'sweep'"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def context(tmp_path: Path, told: list[str]) -> Context:
    here = tmp_path / "here"
    here.mkdir()
    return api.connect(tmp_path / "home", engine="local", environ={}, folder=here, tell=told.append)


def made_run(folder: Path, at: int, image: bytes, *, failed: bool = False) -> Run:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{at}.ipynb"
    path.write_bytes(notebook((f"lr = {at}", [stream("x"), picture(image)])))
    status = RunStatus.failed if failed else RunStatus.succeeded
    metrics = {} if failed else {"loss": 1 / (1 + at)}
    run = make_run({"lr": str(at)} if at else {}, metrics, status=status)
    points = tuple(Scalar("loss", 1 / (1 + step + at), step) for step in range(9))
    artifacts = {"notebook.ipynb": str(path)}
    return replace(run, artifacts=artifacts, scalars=points, started_at=1e9 + at)


def recorded(context: Context, folder: Path, runs: list[Run]) -> str:
    """Journal and store as a sweep leaves them; returns the id of the sweep's own run."""
    target = write_repository(folder / "repo", {"train.py": "print(1)\n"})
    api.open_workspace(context, str(target), name="digits")
    sweep = Sweep(
        ID, "digits", "https://me:secret@example.org/o/r", "c", "train.py", "e", len(runs),
        "sandbox sweep https://me:secret@example.org/o/r -p lr=1,2", 1e9, "Which rate?",
    )  # fmt: skip
    home = context.home
    recorder = recorders.MlflowRecorder(
        tracking_uri(context), home.artifacts, experiment="digits", lock=home.lock("store")
    )
    with recorders.Journal(home.workspace("digits").sweep(ID).journal) as journal:
        journal.sweep(sweep)
        parent = recorder.begin(sweep)
        for run in runs:
            journal.run(run)
            journal.recorded(run.key, recorder.record(sweep, run))
        recorder.finish(sweep, "succeeded")
        journal.ended("succeeded")
    return parent


def some_runs(folder: Path) -> list[Run]:
    return [made_run(folder, at, png(10 + at, 5)) for at in range(3)]


def test_the_page_has_images_curves_and_the_command_and_no_password(
    context: Context, tmp_path: Path
) -> None:
    recorded(context, tmp_path, some_runs(tmp_path))
    found = api.report(context, html=Path("report.html"))
    page = (context.folder / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 3
    assert [len(curve.steps) for curve in found.curves] == [9, 9, 9]
    assert 'id="spec-curves"' in page
    assert "Which rate?" in page
    assert "-p lr=1,2" in page
    assert "secret" not in page


def test_the_page_is_kept_with_the_sweep_once(context: Context, tmp_path: Path) -> None:
    parent = recorded(context, tmp_path, some_runs(tmp_path))
    for _ in range(2):
        api.report(context, "digits", html=Path("report.html"))
    client = open_client(tracking_uri(context))
    assert [one.path for one in client.list_artifacts(parent)] == ["report.html"]
    kept = Path(client.download_artifacts(parent, "report.html", str(tmp_path)))
    assert kept.read_bytes() == (context.folder / "report.html").read_bytes()


def test_tables_are_written_as_markdown_and_with_every_digit(
    context: Context, tmp_path: Path
) -> None:
    recorded(context, tmp_path, some_runs(tmp_path))
    api.report(context, markdown=Path("a.md"), csv=Path("a.csv"))
    assert "| 2 | 0.3333" in (context.folder / "a.md").read_text()
    with (context.folder / "a.csv").open() as lines:
        assert {float(line["loss"]) for line in csv.DictReader(lines)} == {1.0, 0.5, 1 / 3}
    assert sorted(one.name for one in context.folder.iterdir()) == ["a.csv", "a.md"]


def test_images_have_a_limit_and_what_is_left_out_is_said(context: Context, tmp_path: Path) -> None:
    runs = [made_run(tmp_path, at, png(4, 4) + os.urandom(900_000)) for at in range(4)]
    recorded(context, tmp_path, runs)
    api.report(context, html=Path("report.html"))
    page = (context.folder / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 2
    assert "the plots of 2 variants are left out" in page
    assert len(page) < 5_000_000


def test_once_the_room_for_images_is_used_no_further_run_is_looked_into(
    context: Context, tmp_path: Path
) -> None:
    runs = [made_run(tmp_path, at, png(4, 4) + os.urandom(1_044_000)) for at in range(5)]
    recorded(context, tmp_path, runs)
    api.report(context, html=Path("report.html"))
    page = (context.folder / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 2
    assert "the last 3 variants were not looked into for plots" in page


def test_who_reads_a_page_keeps_the_one_that_was_opened(context: Context, tmp_path: Path) -> None:
    recorded(context, tmp_path, some_runs(tmp_path))
    place = context.folder / "a.md"
    place.write_text("before")
    with place.open() as reader:
        api.report(context, markdown=Path("a.md"))
        assert reader.read() == "before"
    assert "| 2 | 0.3333" in place.read_text()


def test_image_files_of_a_run_are_shown_and_no_link_is_followed(
    context: Context, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.png"
    outside.write_bytes(png(77, 7))
    image = tmp_path / "kept.png"
    image.write_bytes(png(9, 9))
    runs = [
        replace(make_run({}, {"loss": 1}), artifacts={"plots/kept.png": str(image)}),
        replace(make_run({"lr": "1"}, {"loss": 2}), started_at=1e9),
    ]
    recorded(context, tmp_path, runs)
    for found in context.home.artifacts.glob("digits/*/artifacts"):
        (found / "link.png").symlink_to(outside)
        (found / "folder").symlink_to(tmp_path)
    api.report(context, html=Path("report.html"))
    page = (context.folder / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 1


def test_a_run_that_cannot_be_read_is_named_and_the_rest_is_there(
    context: Context, tmp_path: Path
) -> None:
    recorded(context, tmp_path, some_runs(tmp_path))
    client = open_client(tracking_uri(context))
    experiment = client.get_experiment_by_name("digits").experiment_id
    runs = client.search_runs([experiment], "params.lr = '2'")
    client.set_tag(runs[0].info.run_id, "sandbox.tweaks", "{")
    found = api.report(context, html=Path("report.html"))
    page = (context.folder / "report.html").read_text(encoding="utf-8")
    assert len(found.rows) == 2
    assert f"run {runs[0].info.run_id} cannot be read" in page


def test_a_run_deleted_in_the_ui_is_not_told_of(context: Context, tmp_path: Path) -> None:
    recorded(context, tmp_path, some_runs(tmp_path))
    client = open_client(tracking_uri(context))
    experiment = client.get_experiment_by_name("digits").experiment_id
    client.delete_run(client.search_runs([experiment], "params.lr = '2'")[0].info.run_id)
    found = api.report(context, html=Path("report.html"))
    assert [row.name for row in found.rows] == ["lr=1", "baseline"]


def test_a_file_that_cannot_be_written_is_told(context: Context, tmp_path: Path) -> None:
    recorded(context, tmp_path, some_runs(tmp_path))
    with pytest.raises(InputError, match=r"cannot write nowhere/a\.md: No such file"):
        api.report(context, markdown=Path("nowhere/a.md"))


def test_two_runs_side_by_side_with_what_their_notebooks_showed(
    context: Context, tmp_path: Path
) -> None:
    recorded(context, tmp_path, some_runs(tmp_path))
    found = api.diff(context, "lr=2")
    assert found.notebook is not None
    [cell] = found.notebook
    assert (cell.same_source, cell.shows) == (False, ("image/png", "text"))
    api.write_difference(context, found, Path("diff.html"))
    page = (context.folder / "diff.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 2
    assert re.search(r"script-src &#39;none&#39;", page)


def test_a_log_without_end_is_not_read(context: Context, tmp_path: Path) -> None:
    """Sparse, so that nothing of it is on the disk; reading it whole would fill the memory."""
    recorded(context, tmp_path, some_runs(tmp_path))
    for found in context.home.artifacts.glob("digits/*/artifacts"):
        for name in ("log.txt", "notebook.ipynb"):
            with (found / name).open("wb") as stream_:
                stream_.truncate(200 * 2**30)
    api.report(context, html=Path("report.html"))
    assert "data:image/png" not in (context.folder / "report.html").read_text(encoding="utf-8")
    assert json.dumps(api.diff(context, "lr=2").output) == "null"


@pytest.fixture
def at_home(context: Context, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands find the context's home, and write where its user is."""
    monkeypatch.setenv("SANDBOX_HOME", str(context.home.root))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(context.folder)
    return context.folder


def test_compare_writes_files_beside_what_it_prints(
    context: Context, at_home: Path, tmp_path: Path
) -> None:
    recorded(context, tmp_path, some_runs(tmp_path))
    asked = command("compare", "digits", "--json")
    written = command("compare", "digits", "--html", "a.html", "--md", "a.md", "--json")
    assert (asked.code, written.code) == (0, 0)
    assert {**written.json, "curves": []} == asked.json  # with a page, curves were read too
    assert sorted(one.name for one in at_home.iterdir()) == ["a.html", "a.md"]
    assert "wrote a.html" in written.err


def test_diff_names_the_cells_and_writes_the_page(
    context: Context, at_home: Path, tmp_path: Path
) -> None:
    recorded(context, tmp_path, some_runs(tmp_path))
    said = command("diff", "lr=2", "--html", "d.html")
    assert "\nnotebook\n  cell 1: another source and output (image/png, text)\n" in said.out
    assert (at_home / "d.html").stat().st_size > 5000
    [cell] = command("diff", "lr=2", "--json").json["notebook"]
    assert cell == {
        "left": 1,
        "right": 1,
        "kind": "code",
        "same_source": False,
        "same_outputs": False,
        "outputs": ["image/png", "text"],
        "by_place": False,
    }


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (Files(Path("train.py")), "train.py is there already"),
        (Files(Path("link.html")), "no regular file"),
        (Files(Path("pipe.html")), "no regular file"),
        (Files(Path("new"), Path("new")), "named twice"),
        (Files(Path()), "names no file"),
        (Files(csv=Path("/")), "names no file"),
        (Files(csv=Path("old.html")), "old.html is there already"),
    ],
)
def test_nothing_else_is_written_over(tmp_path: Path, files: Files, told: str) -> None:
    (tmp_path / "train.py").write_text("x = 1\n")
    (tmp_path / "old.html").write_text("")
    (tmp_path / "link.html").symlink_to("train.py")
    os.mkfifo(tmp_path / "pipe.html")
    with pytest.raises(InputError, match=told):
        files.check(tmp_path)
    Files(Path("old.html"), Path("new.md"), Path("new.csv")).check(tmp_path)
