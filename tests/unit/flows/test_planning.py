from __future__ import annotations

from pathlib import Path

from sandbox import api
from sandbox.flows.planning import make_variant, pose, single_point

SCRIPT = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--bias", type=bool, default=True)
if __name__ == "__main__":
    print("loss:", parser.parse_args().bias)
"""


def test_what_is_odd_about_a_tweak_goes_with_the_variant(tmp_path: Path) -> None:
    """`type=bool` takes every text but the empty one for true."""
    folder = tmp_path / "studied"
    folder.mkdir()
    (folder / "train.py").write_text(SCRIPT)
    context = api.connect(tmp_path / "home")
    opened = api.open_workspace(context, str(folder))
    question = pose(context, opened, api.Request("studied", "train.py", {"bias": ("false",)}))

    variant = make_variant(question, single_point(question))

    assert variant.arguments == ("--bias", "")
    assert any("bias" in note for note in variant.notes)
