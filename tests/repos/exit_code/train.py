import sys

print("loss: 0.5")
sys.exit(3)
