"""From Requirements to a lock: asks uv, relaxes step by step, tells each step."""
