"""Mends metadata that old tools wrote and today's refuse to read; nothing else of a wheel."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
import shutil
import zipfile
from pathlib import Path

from sandbox.environments.resolving.metadata import mend_requirement

_KEY = "Requires-Dist:"
_EXTRA = re.compile(r";.*\bextra\b")


def repair_wheel(path: Path) -> tuple[str, ...]:
    """Rewrite the wheel where that is needed; a line for each thing that was changed.

    Args:
        path: a wheel that `check_wheel` has accepted.
    """
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        metadata = next(one for one in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", one))
        record = metadata.replace("METADATA", "RECORD")
        text = archive.read(metadata).decode("utf-8", errors="replace")
        repaired, told = repair_metadata(text)
        if told:
            data = repaired.encode()
            listed = _with_hash(archive.read(record).decode(), metadata, data)
            _rewrite(archive, {metadata: data, record: listed.encode()}, path)
    return told


def repair_metadata(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with requirements that can be read, and what was changed.

    What is past mending goes if only an extra asks for it.
    """
    header, gap, body = text.partition("\n\n")
    lines, told = [], []
    for line in header.split("\n"):
        asked = line.removeprefix(_KEY).strip()
        mended = _mended(asked) if line.startswith(_KEY) else asked
        if mended == asked:
            lines.append(line)
        else:
            told.append(f"{asked!r:.100} {f'read as {mended!r:.100}' if mended else 'left out'}")
            lines += [f"{_KEY} {mended}"] if mended else []
    return "\n".join(lines) + gap + body, tuple(told)


def _mended(asked: str) -> str | None:
    """None = left out; the same = there is no help."""
    mended = mend_requirement(asked)
    return asked if mended is None and not _EXTRA.search(asked) else mended


def _with_hash(record: str, name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    lines = record.splitlines()
    ours = f"{name},sha256={digest},{len(data)}"
    return "".join(f"{ours if one.startswith(f'{name},') else one}\n" for one in lines)


def _rewrite(archive: zipfile.ZipFile, texts: dict[str, bytes], path: Path) -> None:
    """Beside and renamed; every member keeps its time and mode, so equal wheels stay equal."""
    beside = path.with_suffix(".repaired")
    with zipfile.ZipFile(beside, "w") as out:
        for info in archive.infolist():
            if info.filename in texts:
                out.writestr(copy.copy(info), texts[info.filename])
                continue
            with archive.open(info) as source, out.open(copy.copy(info), "w") as target:
                shutil.copyfileobj(source, target)
    beside.replace(path)
