import json
import os
import struct

STEPS = 3
os.makedirs("out/plots")
os.makedirs("runs/first")


def field(number, wire, data):
    return bytes([number << 3 | wire]) + data


def nested(number, data):
    return field(number, 2, bytes([len(data)]) + data)


def event(step, tag, value):
    told = nested(1, tag.encode()) + field(2, 5, struct.pack("<f", value))
    data = field(2, 0, bytes([step])) + nested(5, nested(1, told))
    return struct.pack("<QI", len(data), 0) + data + bytes(4)


with open("out/log.csv", "w") as table, open("runs/first/events.out.tfevents.1.host", "wb") as board:
    table.write("epoch,loss,seconds\n")
    for epoch in range(1, STEPS + 1):
        loss = 1 / (epoch * 3)
        table.write(f"{epoch},{loss},12\n")
        board.write(event(epoch, "val/f1", epoch / 4))
        print(f"epoch {epoch} loss {loss:.3f}")

with open("metrics.json", "w") as file:
    json.dump({"test": {"accuracy": 0.75}}, file)
with open("history.jsonl", "w") as file:
    file.write('{"step": 1, "reward": 5}\n{"step": 2, "reward": 7.5}\n')
with open("broken.json", "w") as file:
    file.write('{"loss": ')

for number in range(25):
    with open(f"out/plots/{number:02}.png", "wb") as file:
        file.write(b"not a picture")
    os.utime(f"out/plots/{number:02}.png", (number, number))
with open("out/large.PNG", "wb") as file:
    file.write(bytes(3 * 2**20))
os.symlink("/etc/passwd", "out/plots/passwd.png")
os.mkfifo("out/plots/pipe.png")
with open("model.pkl", "wb") as file:
    file.write(b"cos\nsystem\n(S'touch /tmp/unpickled'\ntR.")
with open("sparse.pt", "wb") as file:
    file.truncate(64 * 2**30)
os.chmod("model.pkl", 0o4755)
os.chmod("out/plots", 0)
for number in range(2000):
    with open(f"{number}.txt", "w") as file:
        file.write("nobody asked for it")
