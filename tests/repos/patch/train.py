STEPS = 2
print("loss:", STEPS / 1)
