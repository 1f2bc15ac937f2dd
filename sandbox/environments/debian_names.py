"""Names of Debian packages that have changed: old name → what has taken its place; data only."""

from __future__ import annotations

from collections.abc import Mapping

ANYWHERE: Mapping[str, str] = {
    "libgl1-mesa-glx": "libgl1",
    "libglib2.0": "libglib2.0-0",
}
"""The new name is known to every release in use, so it may be taken before any is asked."""

RENAMED: Mapping[str, str] = {
    **ANYWHERE,
    "libav-tools": "ffmpeg",
    "libjpeg62": "libjpeg62-turbo",
    "libjpeg8": "libjpeg62-turbo",
    "libpng12-0": "libpng16-16",
    "libpng12-dev": "libpng-dev",
    "libtiff5": "libtiff6",
    "libtiff5-dev": "libtiff-dev",
    "openjdk-8-jdk": "default-jdk-headless",
    "openjdk-8-jre": "default-jre-headless",
    "openjdk-11-jdk": "default-jdk-headless",
    "openjdk-11-jre": "default-jre-headless",
    "python-opengl": "python3-opengl",
    "python-tk": "python3-tk",
}
"""Of older Debians and of Ubuntu: for a Debian that does not know the old name."""
