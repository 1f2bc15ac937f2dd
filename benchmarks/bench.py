"""Measure the figures that the product promises, and print them beside the promise."""

from __future__ import annotations
