"""What npm is to install for the tests, and when."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tools.node_packages import FOLDER, environ, is_current, main, stamp, state


def test_every_package_is_pinned_and_locked_with_a_hash_and_without_an_address() -> None:
    asked = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    root = lock.pop("")
    assert root["dependencies"] == asked
    assert [
        version for version in asked.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)
    ] == []
    assert [name for name, entry in lock.items() if "integrity" not in entry] == []
    assert [name for name, entry in lock.items() if "resolved" in entry] == []


def test_nothing_is_installed_again_until_the_lock_changes(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    lock.write_text("{}", encoding="utf-8")
    assert not is_current(tmp_path)
    stamp(tmp_path).parent.mkdir()
    stamp(tmp_path).write_text(state(tmp_path), encoding="utf-8")
    main(tmp_path)
    assert is_current(tmp_path)
    lock.write_text('{"packages": {}}', encoding="utf-8")
    assert not is_current(tmp_path)


def test_the_node_that_is_found_is_the_one_of_the_wheel() -> None:
    done = subprocess.run(
        ["node", "--version"], env=environ(), capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("v24.")
