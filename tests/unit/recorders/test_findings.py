"""What a sweep has shown, in the descriptions and tags of runs that are recorded already."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.domain import Note, Run, Sweep
from sandbox.interfaces import Findings
from sandbox.recorders import MlflowRecorder
from sandbox.recorders.descriptions import LIMIT, block, notes_text, summary_text, with_block
from sandbox.recorders.store import open_client

MakeRun = Callable[..., Run]
DESCRIPTION = "mlflow.note.content"
HOSTILE = "<script>window.XSS_1=1</script> ![x](http://evil.tld/i.png) `|* <!-- end summary -->"

FINDINGS = Findings(
    summary={"What mattered": ["lr: 62 % of what changed loss"], "What next": ["$ sandbox `x`"]},
    picture="effects.svg",
    files={"effects.svg": b"<svg/>", "report/page.html": b"<p>"},
    verdicts={"variant0-0": "baseline", "variant1-0": "better", "gone-0": "luck"},
    ranks={"variant1-0": 3, "variant0-0": 12},
    compared={"variant1-0": "loss -0.5 against the baseline: better"},
    notes={"variant1-0": [Note("s", "variant1-0", "lr", "overshoots", 0.0)]},
    tags={"guess": "lr: up, big"},
)


@pytest.fixture(params=["", "?timeout=60"], ids=["by rows", "by the client"])
def recorder(
    store_uri: str, schema: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> MlflowRecorder:
    return MlflowRecorder(
        f"{store_uri}{request.param}",
        tmp_path / "artifacts",
        experiment="e",
        lock=tmp_path / "lock",
        schema=schema,
    )


@pytest.fixture
def client(store_uri: str) -> Any:
    return open_client(store_uri)


def tags_of(client: Any, run_id: str) -> dict[str, str]:
    return dict(client.get_run(run_id).data.tags)


def test_findings_stand_in_descriptions_tags_and_files(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun, tmp_path: Path
) -> None:
    ids = recorder.record_all(sweep, [make_run(0), make_run(1)])
    parent = recorder.begin(sweep)
    recorder.finish(sweep, "succeeded", FINDINGS)
    told = tags_of(client, parent)
    text = told[DESCRIPTION]
    assert f"![effects](get-artifact?path=effects.svg&run_uuid={parent})" in text
    assert "- lr: 62 % of what changed loss" in text
    assert "- `` sandbox `x` ``" in text
    assert "does the rate matter?" in text
    assert told["sandbox.guess"] == "lr: up, big"
    listed = {one.path for one in client.list_artifacts(parent)}
    assert listed == {"effects.svg", "report"}
    base, better = (tags_of(client, run_id) for run_id in ids)
    assert (base["sandbox.verdict"], better["sandbox.verdict"]) == ("baseline", "better")
    assert (base["sandbox.rank"], better["sandbox.rank"]) == ("12", "03"), "sorted as text"
    assert "**Compared:** loss -0.5 against the baseline: better" in better[DESCRIPTION]
    assert "1970-01-01 00:00 UTC: overshoots" in better[DESCRIPTION]
    assert "Compared" not in base[DESCRIPTION]


def test_findings_given_again_are_there_once_and_new_ones_take_their_place(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun, tmp_path: Path
) -> None:
    (run_id,) = recorder.record_all(sweep, [make_run(1)])
    parent = recorder.begin(sweep)
    recorder.finish(sweep, "succeeded", FINDINGS)
    once = tags_of(client, parent), tags_of(client, run_id)
    recorder.finish(sweep, "succeeded", FINDINGS)
    assert (tags_of(client, parent), tags_of(client, run_id)) == once
    recorder.finish(sweep, "succeeded", replace(FINDINGS, summary={"Best": ["other"]}, notes={}))
    described = tags_of(client, parent)[DESCRIPTION]
    assert "other" in described
    assert "62 %" not in described
    assert "overshoots" in tags_of(client, run_id)[DESCRIPTION], "what is empty changes nothing"


def test_a_guess_is_told_until_the_summary_has_it_beside_the_result(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun
) -> None:
    guessed = replace(sweep, guess="lr: up, big")
    recorder.record_all(guessed, [make_run(1)])
    parent = recorder.begin(guessed)
    assert "Guessed before: lr: up, big" in tags_of(client, parent)[DESCRIPTION]
    recorder.finish(guessed, "succeeded", FINDINGS)
    assert "Guessed before" not in tags_of(client, parent)[DESCRIPTION]


def test_what_a_user_has_written_in_the_ui_stays(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun
) -> None:
    (run_id,) = recorder.record_all(sweep, [make_run(1)])
    parent = recorder.begin(sweep)
    before = tags_of(client, parent)[DESCRIPTION]
    client.set_tag(parent, DESCRIPTION, f"mine above\n\n{before}\n\nmine below")
    client.set_tag(run_id, DESCRIPTION, "all of it is mine")
    recorder.finish(sweep, "succeeded", FINDINGS)
    described = tags_of(client, parent)[DESCRIPTION]
    assert described.startswith("mine above")
    assert described.endswith("mine below")
    assert "62 %" in described
    assert tags_of(client, run_id)[DESCRIPTION].startswith("all of it is mine\n\n")
    assert "against the baseline" in tags_of(client, run_id)[DESCRIPTION]


def test_runs_that_were_deleted_in_the_ui_are_left_alone(
    recorder: MlflowRecorder, client: Any, sweep: Sweep, make_run: MakeRun
) -> None:
    ids = recorder.record_all(sweep, [make_run(0), make_run(1)])
    client.delete_run(ids[1])
    recorder.finish(sweep, "succeeded", FINDINGS)
    assert "sandbox.verdict" not in tags_of(client, ids[1])
    assert client.get_run(ids[1]).info.lifecycle_stage == "deleted"
    assert tags_of(client, ids[0])["sandbox.verdict"] == "baseline"


def test_both_ways_write_the_same(
    store_uri: str, schema: Path, sweep: Sweep, make_run: MakeRun, tmp_path: Path
) -> None:
    rows = []
    for name, options in (("a", ""), ("b", "?timeout=60")):
        recorder = MlflowRecorder(
            f"{store_uri}{options}", tmp_path / name, experiment=name, lock=tmp_path / "l",
            schema=schema,
        )  # fmt: skip
        ids = recorder.record_all(sweep, [make_run(0), make_run(1)])
        parent = recorder.begin(sweep)
        recorder.finish(sweep, "succeeded", FINDINGS)
        with closing(sqlite3.connect(tmp_path / "mlflow.db")) as store:
            found = store.execute(
                "select run_uuid, key, value from tags where run_uuid in (?, ?, ?)", [parent, *ids]
            ).fetchall()
        rows.append(
            sorted(
                (str([parent, *ids].index(run_id)), key, value.replace(parent, "P"))
                for run_id, key, value in found
                if key != "mlflow.parentRunId"
            )
        )
    assert rows[0] == rows[1]


def test_text_of_studied_code_is_plain_words() -> None:
    summary = summary_text({HOSTILE: [HOSTILE, f"$ {HOSTILE}"]})
    whole = with_block(block("summary", ""), "summary", summary)
    assert "<script>" not in summary.replace("`` <script>", "")
    assert with_block(whole, "summary", "new") == block("summary", "new"), "no mark is let in"


def test_a_description_never_grows_beyond_what_a_server_takes() -> None:
    long = "x" * 300
    summary = summary_text({f"part {n}": [long] * 9 for n in range(9)})
    assert len(summary) < 3000
    assert "part 0" in summary
    notes = notes_text([Note("s", "r", "n", f"{n} {long}", float(n)) for n in range(50)])
    assert len(notes) < 1200
    assert "49 xxx" in notes, "the newest are shown"
    assert "sandbox journal" in notes
    full = "y" * (LIMIT - 10)
    assert with_block(full, "notes", notes) == full
