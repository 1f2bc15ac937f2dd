print("loss: 0.5", flush=True)
with open("weights.bin", "wb") as weights:
    for _ in range(64):
        weights.write(b"w" * 2**20)
