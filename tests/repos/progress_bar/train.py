import sys
import time

for batch in range(1, 5):
    done = "#" * batch
    sys.stderr.write(f"\rbatches: {batch * 25}%|{done:<4}| {batch}/4 [00:01<00:00, loss={1 / batch:.3g}]")
    sys.stderr.flush()
    time.sleep(0.05)
sys.stderr.write("\n")
