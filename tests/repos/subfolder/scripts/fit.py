import os
import sys

from shared_code.summing import total

with open("numbers.txt") as lines:
    numbers = [int(line) for line in lines]

print("argv:", [os.path.basename(word) for word in sys.argv])
print("cwd:", os.path.basename(os.getcwd()))
print("main:", __name__)
assert os.path.samefile(__file__, "fit.py")
print("loss:", total(numbers))
