"""Pictures of a report for docs/: its head on a desk, and on a phone after dark.

Run by hand after the page has changed; takes the page that is given, opens it in Chromium.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
MOST_BYTES = 150_000
LOOKS: dict[str, dict[str, Any]] = {
    "report.png": {"viewport": {"width": 1040, "height": 1080}},
    "report-phone.png": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "device_scale_factor": 1.5,
    },
}


def main() -> None:
    """Write them."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path, help="what sandbox compare --html wrote")
    page = parser.parse_args().page.resolve()
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        for name, look in LOOKS.items():
            picture = ROOT / "docs" / name
            shown = browser.new_page(**look)
            shown.goto(page.as_uri())
            shown.wait_for_selector(".plot.live")
            shown.screenshot(path=picture)
            size = picture.stat().st_size
            print(f"{picture.relative_to(ROOT)}: {size / 1e3:.0f} kB")
            if size > MOST_BYTES:
                sys.exit(f"{name} is larger than {MOST_BYTES / 1e3:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
