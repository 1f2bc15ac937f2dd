"""Notebooks without what differs between two runs of papermill's own engine too."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from tests.support.kernels import Ending


def ended(ending: Ending | None) -> tuple[object, ...] | None:
    return ending and (*ending[:3], neutral(ending[3]))


def compared(notebook: Any) -> list[str]:
    """The notebook as lines of JSON, which pytest shows the differences of."""
    made = copy.deepcopy(notebook)
    metadata = made.metadata
    metadata.language_info.pop("version", None)
    for times in (metadata.papermill, *(cell.metadata.get("papermill", {}) for cell in made.cells)):
        for key in ("start_time", "end_time", "duration", "input_path", "output_path"):
            if times.get(key) is not None:
                times[key] = "…"
    parts = {"metadata": metadata, "cells": [compared_cell(cell) for cell in made.cells]}
    return json.dumps(parts, indent=1, sort_keys=True).splitlines()


def compared_cell(cell: Any) -> dict[str, Any]:
    made = {key: value for key, value in cell.items() if key != "id"}
    if "execution" in cell.metadata:
        made["metadata"]["execution"] = sorted(cell.metadata["execution"])
    if cell.cell_type == "code":
        made["outputs"] = [compared_output(output) for output in merged(cell.outputs)]
    return made


def merged(outputs: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for output in outputs:
        last = kept[-1] if kept else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last["text"] += output.text
        else:
            kept.append(output)
    return kept


def compared_output(output: Any) -> Any:
    if output.output_type == "error":
        trace = in_cells("\n".join(output.traceback))
        return {**output, "evalue": neutral(output.evalue), "traceback": trace}
    if output.output_type == "stream":
        return {**output, "text": neutral(output.text)}
    return output


def in_cells(trace: str) -> list[str]:
    """The lines of a traceback that point into cells, and the last one."""
    lines = re.sub("\x1b\\[[0-9;]*m", "", trace).splitlines()
    shown: list[str] = []
    within = False
    for line in lines:
        within = line.startswith("Cell In[") or (within and bool(line))
        if within and line.startswith(("Cell", "-")):
            shown.append(line)
    return [*shown, neutral(lines[-1])]


def neutral(text: str) -> str:
    text = re.sub(r"0x[0-9a-f]{6,}", "0x…", text)
    text = re.sub(r"<ipython-input-\d+-[0-9a-f]+>", "<cell>", text)
    return re.sub(r"\S*ipykernel_\d+[/\\]\d+\.py|\b\d{5,}\.py", "<cell>", text)
