SIZE = 4
if SIZE < 3:
    raise ValueError(f"{SIZE} is too small")
print("loss:", 2 / SIZE)
