"""The report's figures: how large a page is, how long it takes to make, and to come to life.

The page is opened from disk in Chromium, several times, each in a fresh context; told is the middle
one. Runs are made up: two tunables crossed, three repeats, a curve of 100 steps each, and for each
variant a plot of 20 kB, as many as the page takes.
"""

from __future__ import annotations

import argparse
import base64
import functools
import random
import statistics
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.comparing import Comparison, compare
from sandbox.comparing.model import Curve, Noise
from sandbox.domain import Run, RunStatus, Tweak, digest
from sandbox.flows.results.reporting import MOST_IMAGE_CHARS
from sandbox.reports import Frame, Report, report_page, script

if TYPE_CHECKING:
    from playwright.sync_api import Request

CHROMIUM = "/usr/bin/chromium"
REPEATS = 2
STEPS = 100
OPENED = 5
_IMAGE_BYTES = 20_000


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, nargs="*", default=[12, 200, 1000])
    counts = parser.parse_args().runs
    print(f"{'runs':>6} {'page':>9} {'made in':>9} {'shown':>9} {'live':>9} {'requests':>9}")
    with tempfile.TemporaryDirectory(prefix="sandbox-report-") as folder:
        library = script(Path(folder))
        for count in counts:
            path = Path(folder) / f"{count}.html"
            began = time.perf_counter()
            made = _comparison(count)
            page = report_page(Report(made, None, list(_frames(made))), library=library)
            took_s = time.perf_counter() - began
            path.write_text(page, encoding="utf-8")
            shown_ms, live_ms, requests = _opened(path)
            size = f"{path.stat().st_size / 1e6:.2f} MB"
            times = f"{took_s:>7.2f} s {shown_ms:>6.0f} ms {live_ms:>6.0f} ms"
            print(f"{count:>6} {size:>9} {times} {requests:>9}")
    return 0


# ---------------------------------------------------------------- made up


def _comparison(count: int) -> Comparison:
    chance = random.Random(1)  # noqa: S311 - nothing secret
    runs = list(_runs(count, chance))
    found = compare(runs, directions={"accuracy": "max"})
    effects = tuple(
        replace(one, interval=(one.difference - 0.02, one.difference + 0.02))
        for one in found.effects
    )
    noise = {"accuracy": Noise("accuracy", 0.01, 0.7, 1, (0.68, 0.72), "baseline")}
    curves = tuple(_curve(run, metric, chance) for metric in ("accuracy", "loss") for run in runs)
    return replace(found, effects=effects, noise=noise, curves=curves)


def _runs(count: int, chance: random.Random) -> Iterator[Run]:
    for at in range(count):
        variant, repeat = divmod(at, REPEATS)
        values = {"lr": f"{10 ** -(variant % 12 / 3):.4g}", "depth": str(variant // 12)}
        tweaks = tuple(Tweak(*one) for one in values.items()) if variant else ()
        yield Run(
            variant=digest(variant)[:16],
            name=" ".join(f"{one.name}={one.value}" for one in tweaks) or "baseline",
            status=RunStatus.succeeded,
            entry="train.py",
            environment="e",
            commit="c",
            repeat=repeat,
            tweaks=tweaks,
            metrics={"accuracy": chance.gauss(0.7, 0.05), "loss": chance.gauss(0.5, 0.05)},
        )


def _curve(run: Run, metric: str, chance: random.Random) -> Curve:
    values = tuple(0.7 - 0.5 / (1 + step) + chance.gauss(0, 0.01) for step in range(STEPS))
    best = max(range(STEPS), key=values.__getitem__)
    steps = tuple(map(float, range(STEPS)))
    best_step = float(best)
    return Curve(run.name, run.variant, metric, steps, values, values[best], best_step, values[-1])


def _frames(comparison: Comparison) -> Iterator[Frame]:
    room = MOST_IMAGE_CHARS
    for row in comparison.rows:
        url = f"data:image/png;base64,{base64.b64encode(_png(row.name)).decode()}"
        room -= len(url)
        if room < 0:
            return
        yield Frame(row.variant, (url,))


def _png(seed: str) -> bytes:
    """An image that cannot be pressed, 400 points wide, of about 20 kB."""
    height = _IMAGE_BYTES // 400
    noise = random.Random(seed)  # noqa: S311 - nothing secret
    lines = b"".join(b"\0" + noise.randbytes(400) for _ in range(height))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 400, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


# ---------------------------------------------------------------- opened


def _opened(path: Path) -> tuple[float, float, int]:
    """Milliseconds from the start of loading until it is seen, and until all controls work."""
    from playwright.sync_api import sync_playwright

    shown, live, requests = [], [], 0
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        for _ in range(OPENED):
            page = browser.new_page()
            asked: list[Request] = []
            page.on("request", functools.partial(list.append, asked))
            page.goto(path.as_uri())
            page.wait_for_selector("html[data-ready]")
            paints = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            shown.append(page.evaluate(paints))
            live.append(page.evaluate("performance.getEntriesByName('interactive')[0].startTime"))
            requests = sum(not one.url.startswith(("data:", "file:")) for one in asked)
            page.close()
        browser.close()
    return statistics.median(shown), statistics.median(live), requests


if __name__ == "__main__":
    sys.exit(main())
