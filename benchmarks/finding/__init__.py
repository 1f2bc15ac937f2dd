"""How well `sandbox find` ranks, and what it costs: real repositories on a stand-in of GitHub."""
