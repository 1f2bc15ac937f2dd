import random

WIDTH = 4

random.seed(7)
total = 0
for epoch in range(6):
    total += WIDTH
print("loss:", total)
