"""What makes two things the same."""

from __future__ import annotations

import hashlib
import json


def digest(*parts: object) -> str:
    """SHA-256 of the parts as canonical JSON, hex; equal parts give equal digests everywhere."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
