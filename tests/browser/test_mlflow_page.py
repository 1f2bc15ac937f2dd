"""MLflow's own UI over a real sweep, as people meet it at the address that `sandbox ui` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox import api
from sandbox.api import Page, Request, SweepResult
from sandbox.recorders import experiment_url
from tests.support.commands import write_repository

pytestmark = pytest.mark.browser

SCRIPT = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
given = parser.parse_args()
BIAS = 1.0
#  ``` <script>window.XSS_1 = 1</script> <img src=x onerror="window.XSS_2 = 1"> <!-- end notes -->
for epoch in range(6):
    print(f"epoch {epoch} val_loss: {BIAS * (2 - given.lr + 1 / (epoch + 1)):.6f}")
if given.lr > 0.8:
    raise ValueError("<img src=x onerror='window.XSS_3 = 1'> too fast")
print("printed by the run")
"""
MARKERS = "Object.getOwnPropertyNames(window).filter(name => name.startsWith('XSS_'))"
MLFLOWS_OWN = "/users/current"  # asked for of every server, there only where users log in


@dataclass
class Browsing:
    """A tab that remembers what it asked for in vain, and what of others."""

    page: Any
    address: str
    elsewhere: list[str]
    missing: list[str]

    def go(self, url: str) -> Any:
        self.page.goto("about:blank")
        self.page.goto(url)
        return self.page


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SweepResult, Page]]:
    folder = tmp_path_factory.mktemp("mlflow-page")
    target = write_repository(folder / "studied", {"train.py": SCRIPT})
    context = api.connect(folder / "home", engine="local", environ={}, folder=folder)
    tweaks = {"lr": ("0.2,0.5,0.9",), "BIAS": ("0.5",)}
    asked = Request(
        str(target), "train.py", tweaks, repeats=2, name="studied", guess="lr: up, big",
        question="does a larger step help?", directions={"val_loss": "min"},
    )  # fmt: skip
    result = api.sweep(context, asked)
    api.note(context, "lr=0.5 BIAS=0.5", "![x](http://evil.tld/x.png) <script>window.XSS_4 = 1")
    with api.ui(context, result.sweep.id, port=0) as page:
        yield result, page


@pytest.fixture
def tab(served: tuple[SweepResult, Page], chromium: Any) -> Iterator[Browsing]:
    address = served[1].address
    context = chromium.new_context(viewport={"width": 1500, "height": 1200})
    context.add_init_script(  # else its assistant takes a third of every page
        "localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true')"
    )
    seen = Browsing(context.new_page(), address, [], [])

    def note(request: Any) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            seen.elsewhere.append(request.url)

    def missed(response: Any) -> None:
        if response.status >= 400 and MLFLOWS_OWN not in response.url:
            seen.missing.append(f"{response.status} {response.url}")

    context.on("request", note)
    context.on("response", missed)
    yield seen
    assert seen.elsewhere == []
    assert seen.missing == []
    assert seen.page.evaluate(MARKERS) == []
    context.close()


def run_page(served: tuple[SweepResult, Page], run_id: str) -> str:
    """Of a run of the first experiment there is."""
    return f"{served[1].address}/#/experiments/1/runs/{run_id}?workflowType=machine_learning"


def run_named(result: SweepResult, name: str) -> str:
    return next(str(run.run_id) for run in result.runs if run.name == name and not run.repeat)


def test_the_sweeps_page_has_its_columns_and_the_best_run_on_top(
    served: tuple[SweepResult, Page], tab: Browsing
) -> None:
    page = tab.go(served[1].url)
    page.get_by_role("link", name="lr=0.5 BIAS=0.5", exact=True).first.wait_for()
    heads = page.get_by_role("columnheader").all_inner_texts()
    told = [head.strip() for head in heads if head.strip()]
    assert "Dataset" not in told
    at = {name: told.index(name) for name in ("lr", "BIAS", "val_loss", "sandbox.verdict")}
    assert max(at["lr"], at["BIAS"]) < at["val_loss"] < at["sandbox.verdict"]
    assert "best_val_loss" in told
    page.get_by_text("better", exact=True).first.wait_for()
    names = page.get_by_role("link").all_inner_texts()
    runs = [name for name in names if name.startswith(("lr=", "baseline"))]
    assert len(runs) == len(served[0].runs)
    assert runs[0].startswith("lr=0.5 BIAS=0.5"), "what failed is not the best"
    assert runs.index("lr=0.5 BIAS=0.5") < runs.index("lr=0.2 BIAS=0.5") < runs.index("baseline")
    assert "baseline #2" in runs, "repeats can be told apart"


def test_runs_are_nested_below_their_sweep_on_the_experiments_page(
    served: tuple[SweepResult, Page], tab: Browsing
) -> None:
    result, served_page = served
    page = tab.go(experiment_url(served_page.address, "1"))
    sweep = page.get_by_role("link", name=f"train.py {result.sweep.id}")
    sweep.wait_for()
    page.get_by_text("Model registry").wait_for()  # not there among traces of language models
    child = page.get_by_role("link", name="lr=0.2 BIAS=0.5", exact=True)
    assert child.count() == 0
    page.locator("[role=row]").filter(has=sweep).get_by_role("button").first.click()
    child.wait_for()


def test_curves_are_drawn_over_one_another_by_step(
    served: tuple[SweepResult, Page], tab: Browsing
) -> None:
    page = tab.go(served[1].charts_url)
    page.get_by_text("val_loss", exact=True).first.wait_for()
    page.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for()
    page.get_by_text("Step", exact=True).first.wait_for()
    page.get_by_text("best_val_loss", exact=True).first.wait_for()
    plots = page.locator(".js-plotly-plot").filter(has=page.locator(".scatterlayer .trace"))
    assert plots.count() == 1, "all runs in one plot of one curve"
    drawn = plots.locator(".scatterlayer .trace .point").count()
    assert drawn % (6 * len(served[0].runs)) == 0, "every epoch of every run is a point"
    assert page.locator(".js-plotly-plot .barlayer .trace").count() >= 1, "its best value: bars"


def test_two_runs_stand_side_by_side_on_the_compare_page(
    served: tuple[SweepResult, Page], tab: Browsing
) -> None:
    result, served_page = served
    ids = [run_named(result, name) for name in ("baseline", "lr=0.5 BIAS=0.5")]
    runs = "[" + ",".join(f'"{one}"' for one in ids) + "]"
    page = tab.go(f'{served_page.address}/#/compare-runs?runs={runs}&experiments=["1"]')
    page.get_by_text("Comparing 2 Runs").first.wait_for()
    for name in ("baseline", "lr=0.5 BIAS=0.5"):
        page.get_by_text(name, exact=True).first.wait_for()
    text = page.inner_text("body")
    assert "val_loss" in text
    assert "best_val_loss" in text


def test_a_sweeps_description_says_what_it_has_shown_and_draws_it(
    served: tuple[SweepResult, Page], tab: Browsing
) -> None:
    result, served_page = served
    view = tab.go(served_page.url)
    view.get_by_role("link", name=f"train.py {result.sweep.id}").click()
    view.get_by_text("Show more", exact=True).click()
    for words in ("does a larger step help?", "Best", "What mattered", "What broke"):
        view.get_by_text(words, exact=True).first.wait_for()
    view.get_by_text("guessed: lr: up, big").wait_for()
    picture = view.locator("img[src^='get-artifact']")
    picture.wait_for()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 100
    assert view.get_by_text("lr=0.5 BIAS=0.5: val_loss").count() >= 1


def test_a_runs_description_has_its_diff_its_comparison_and_a_way_to_its_notebook(
    served: tuple[SweepResult, Page], tab: Browsing
) -> None:
    run_id = run_named(served[0], "lr=0.5 BIAS=0.5")
    page = tab.go(run_page(served, run_id))
    page.get_by_text("Show more", exact=True).click()
    page.get_by_text("against the baseline").first.wait_for()
    diff = page.locator("pre code").first.inner_text()
    assert "-BIAS = 1.0\n+BIAS = 0.5" in diff
    assert "<script>window.XSS_1 = 1</script>" in diff, "it is there to be read"
    page.get_by_text("<script>window.XSS_4 = 1").first.wait_for()
    assert page.locator("img[src*=evil]").count() == 0
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Executed notebook").click()
    notebook = opened.value
    notebook.frame_locator("iframe").get_by_text("printed by the run").first.wait_for()
    notebook.get_by_text("notebook.ipynb").first.wait_for()


def test_a_failed_runs_cause_is_only_text(served: tuple[SweepResult, Page], tab: Browsing) -> None:
    failed = next(run for run in served[0].runs if run.status == "failed")
    page = tab.go(run_page(served, str(failed.run_id)))
    page.get_by_text("not compared, it failed").wait_for()
    page.get_by_text("Show more", exact=True).click()
    page.get_by_text("onerror='window.XSS_3 = 1'").first.wait_for()
