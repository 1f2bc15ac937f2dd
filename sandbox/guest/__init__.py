"""What runs inside the container: executes cells, captures what they show, reports how they ended.

Standard library only, Python 3.7 and later; never imports anything else of `sandbox`, and the host
imports only `protocol` of it. It reaches the container as source text through the wire and is
loaded from memory under the name `sandbox_guest` (`loader`), so no file of it can be changed there.

Two processes: the *supervisor* holds the wire, the pristine tree and the clock; for each variant it
starts a *worker*, a fresh interpreter of the environment, and kills whatever is left of it.
"""
