"""The report of a sweep in a real Chromium: live, usable by everybody, and shut to everything."""

from __future__ import annotations

import base64
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.comparing import Comparison, compare
from sandbox.domain import RunStatus, Sweep
from sandbox.notebooks import images_of
from sandbox.reports import Frame, Report, report_page, script
from tests.support.images import png
from tests.support.made_comparisons import made_comparison
from tests.support.made_runs import make_run
from tests.support.pages import at_place, opened
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser

SWEEP = Sweep(
    "20261127-1", "digits", "https://example.org/o/digits", "c0ffee", "train.py", "env", 26,
    "sandbox sweep digits -p lr=0.1,0.01", 1.79e9, question="Does the learning rate matter most?",
)  # fmt: skip
PHONE = {"viewport": {"width": 390, "height": 844}}
DESK = {"viewport": {"width": 1200, "height": 900}}
THEMES = [{**DESK}, {**DESK, "color_scheme": "dark"}, {**PHONE}, {**PHONE, "color_scheme": "dark"}]
READY = "html[data-ready]"
VISIBLE = (
    "[...document.querySelectorAll('figure')].filter(one => !one.hidden).map(one => one.innerText)"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    return script(tmp_path_factory.mktemp("scripts"))


def frames(comparison: Comparison) -> list[Frame]:
    rows = [row for row in comparison.rows if row.is_measured]
    return [Frame(row.variant, (data_url(png(20 + at, 12)),)) for at, row in enumerate(rows)]


def data_url(raw: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(raw).decode()}"


@pytest.fixture(scope="module")
def address(library: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    made = made_comparison()
    page = tmp_path_factory.mktemp("report") / "report.html"
    report = Report(made, SWEEP, frames(made), ["a note"])
    page.write_text(report_page(report, library=library), encoding="utf-8")
    return page.as_uri()


@pytest.mark.parametrize("look", THEMES)
def test_it_asks_for_nothing_complains_of_nothing_and_fits(
    address: str, look: dict[str, Any], chromium: Any
) -> None:
    with opened(chromium, address, **look) as shown:
        shown.page.wait_for_selector(READY)
        wait_until(lambda: shown.page.locator(".plot.live").count() == 3)
        assert shown.requests == [address]
        assert shown.complaints == []
        assert shown.stopped() == []
        assert shown.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("look", THEMES)
def test_it_hinders_nobody(
    address: str, look: dict[str, Any], chromium: Any, node_packages: Path
) -> None:
    with opened(chromium, address, **look) as shown:
        shown.page.wait_for_selector(READY)
        for details in shown.page.query_selector_all("details"):
            details.evaluate("element => { element.open = true }")
        assert shown.hindrances(node_packages / "axe-core" / "axe.min.js") == []


def test_the_slider_flips_the_plots_by_keyboard(address: str, chromium: Any) -> None:
    with opened(chromium, address) as shown:
        page = shown.page
        page.wait_for_selector(READY)
        page.get_by_label("flip through", exact=True).select_option(label="lr")
        page.get_by_label("with", exact=True).select_option(label="depth = 3")
        slider = page.get_by_label("value", exact=True)
        slider.focus()
        page.keyboard.press("Home")
        seen = []
        for _ in range(4):
            [text] = page.evaluate(VISIBLE)
            seen.append((text.split(":")[0].strip(), slider.get_attribute("aria-valuetext")))
            page.keyboard.press("ArrowRight")
        values = ["0.001", "0.01", "0.1", "1.0"]
        assert seen == [(f"lr={value} depth=3", f"lr = {value}") for value in values]


def test_the_table_sorts_by_number_and_says_so(address: str, chromium: Any) -> None:
    with opened(chromium, address) as shown:
        shown.page.wait_for_selector(READY)
        shown.page.get_by_role("button", name="loss").click()
        head = shown.page.get_by_role("columnheader", name="loss")
        assert head.get_attribute("aria-sort") == "ascending"
        values = shown.page.eval_on_selector_all(
            "[data-sortable] tbody tr",
            "rows => rows.map(row => row.cells[3].querySelector('data')?.value)",
        )
        numbers = [float(value) for value in values if value is not None]
        assert len(numbers) == 12
        assert numbers == sorted(numbers)
        assert values[-1] is None  # the run that failed measured nothing: last, either way


def test_another_metric_can_be_looked_at(address: str, chromium: Any) -> None:
    with opened(chromium, address) as shown:
        page = shown.page
        page.wait_for_selector(READY)
        before = page.inner_html("[data-plot=effects]")
        page.get_by_label("metric", exact=True).first.select_option(label="loss")
        wait_until(lambda: page.inner_html("[data-plot=effects]") != before)
        assert shown.complaints == []


def test_pointing_at_an_effect_tells_of_it(address: str, chromium: Any) -> None:
    with opened(chromium, address, **DESK) as shown:
        shown.page.wait_for_selector(READY)
        points = shown.page.locator("[data-plot=effects] .mark-symbol.role-mark path")
        points.first.hover(force=True)
        tip = shown.page.locator(".tip")
        tip.wait_for()
        assert "accuracy; between" in tip.inner_text()


@pytest.mark.parametrize("plot", ["parallel", "curves"])
def test_pointing_at_a_line_sets_it_off_and_tells_of_it(
    address: str, plot: str, chromium: Any
) -> None:
    on_line = """path => { const at = path.getPointAtLength(path.getTotalLength() / 3)
        .matrixTransform(path.getScreenCTM()); return [at.x, at.y] }"""
    with opened(chromium, address, **DESK) as shown:
        page = shown.page
        wait_until(lambda: page.locator(".plot.live").count() == 3)
        lines = page.locator(f"[data-plot={plot}] .mark-line.role-mark path")
        lines.last.scroll_into_view_if_needed()
        assert lines.and_(page.locator("[stroke-width='5']")).count() == 0
        page.mouse.move(*lines.last.evaluate(on_line))
        wait_until(lambda: lines.and_(page.locator("[stroke-width='5']")).count() == 1)
        assert page.locator(".tip").inner_text() != ""
        page.mouse.move(0, 0)
        wait_until(lambda: page.locator(".tip").is_hidden())
        assert shown.complaints == []


def test_without_scripts_and_on_paper_everything_is_there(address: str, chromium: Any) -> None:
    with opened(chromium, address, java_script_enabled=False) as shown:
        page = shown.page
        assert page.locator("figure:visible").count() == 12
        assert page.locator("[data-plot] svg:visible").count() == 3
        page.emulate_media(media="print")
        assert page.locator("nav:visible").count() == 0
        assert page.locator("[data-plot] svg:visible").count() == 3


# ---------------------------------------------------------------- hostile

HOSTILE = "</script><script>window.XSS_%d=1</script><img src=x onerror='window.XSS_%d=1'>\u2028"


def hostile_comparison() -> Comparison:
    """Every text that the studied code can choose tries to run."""
    at = iter(range(100, 1000))

    def text() -> str:
        number = next(at)
        return HOSTILE % (number, number)

    name, metric = text(), text()
    runs = [
        make_run({}, {metric: 1.0, "loss": 2.0}),
        make_run({name: text()}, {metric: 0.5, "loss": 1.0}),
        make_run({name: text()}, {metric: 0.4, "loss": 0.5}),
        make_run({name: text()}, status=RunStatus.failed, cause=text()),
    ]
    found = compare(runs, directions={metric: "min"})
    made = made_comparison()
    return replace(
        found,
        notes=(text(),),
        importances=tuple(
            replace(one, tunable=text(), metric=metric, best=text()) for one in made.importances
        ),
        interactions=tuple(replace(one, text=text()) for one in made.interactions),
        suggestions=tuple(replace(one, command=text(), reason=text()) for one in made.suggestions),
        failures=tuple(replace(one, boundary=text()) for one in found.failures),
        curves=tuple(
            replace(one, run=text(), metric=metric, variant=found.rows[0].variant)
            for one in made.curves[:3]
        ),
    )


def hostile_images(shared: Path, folder: Path) -> tuple[str, ...]:
    program = shared / "hostile" / "gen_hostile.py"
    command = [sys.executable, "-B", str(program), str(folder), "--only", "n01"]
    subprocess.run(command, check=True, capture_output=True)
    git = ["git", "--git-dir", str(folder / "n01_xss.git"), "show", "HEAD:xss.ipynb"]
    raw = subprocess.run(git, check=True, capture_output=True).stdout
    return images_of(raw, most=10)


@pytest.mark.parametrize("where", ["file", "served"])
def test_what_the_studied_code_wrote_never_runs(
    where: str, library: str, tmp_path: Path, shared: Path, chromium: Any
) -> None:
    made = hostile_comparison()
    images = hostile_images(shared, tmp_path)
    assert any(url.startswith("data:image/svg") for url in images)  # with scripts in it
    told = replace(
        SWEEP, question=HOSTILE % (1, 1), command=HOSTILE % (2, 2), repo=HOSTILE % (3, 3)
    )
    report = Report(
        made, told, [Frame(row.variant, images) for row in made.rows], [HOSTILE % (4, 4)]
    )
    page = tmp_path / "report.html"
    page.write_text(report_page(report, library=library), encoding="utf-8")
    with at_place(page, where) as address, opened(chromium, address) as shown:
        shown.page.wait_for_selector(READY)
        wait_until(lambda: shown.page.locator(".plot.live").count() == 3)
        shown.page.locator("[data-plot=effects] .mark-symbol.role-mark path").first.hover(
            force=True
        )
        for details in shown.page.query_selector_all("details"):
            details.evaluate("element => { element.open = true }")
        assert shown.markers() == []
        assert shown.requests == [address]
        assert shown.complaints == []
        assert shown.stopped() == []  # nothing got as far as the policy
        assert "window.XSS_1=1" in shown.page.inner_text("h1")
        assert shown.page.evaluate("document.querySelectorAll('[onerror], img[src=x]').length") == 0


def test_the_policy_stops_what_gets_through(address: str, chromium: Any) -> None:
    """The second wall, tried by writing into the page what no template would."""
    attack = """() => { document.querySelector('main').insertAdjacentHTML('beforeend',
        `<img src="http://127.0.0.1:9/x.png"><img src="data:," onerror="window.XSS_1 = 1">
         <a id=bad href="javascript:window.XSS_2=1">x</a>`);
        const made = document.createElement('script');
        made.textContent = 'window.XSS_3 = 1'; document.body.append(made);
        document.getElementById('bad').click();
        setTimeout('window.XSS_4 = 1'); }"""
    with opened(chromium, address) as shown:
        shown.page.wait_for_selector(READY)
        shown.page.evaluate(attack)
        wait_until(lambda: len(shown.stopped()) >= 5)
        assert shown.markers() == []
        assert any(one.startswith("img-src http://127.0.0.1:9/") for one in shown.stopped())
