"""Variants run: asked of a sampler, dealt out to lanes, written down as they finish."""
