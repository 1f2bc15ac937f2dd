from ..core import ANSWER

print("package:", __package__)
print("test loss:", ANSWER)
