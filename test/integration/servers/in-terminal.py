"""Runs a command in a pseudo-terminal and ends it, as a person or a supervisor would.

Usage: in-terminal.py WAIT_FOR HOW COMMAND...
Once WAIT_FOR is on the screen, HOW is done: `ctrl-c` types it, `SIGTERM` sends that signal, `ctrl-c-twice` types it again at once.
Prints what the terminal got, and on the last line the exit status (128 + the number of a signal that ended it).
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LONGEST_S = 30
ROWS, COLUMNS = 24, 80
wait_for, how, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.environ["TERM"] = "xterm"
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    os.execvp(command[0], command)

shown = b""
is_told = False
give_up = time.monotonic() + LONGEST_S
while time.monotonic() < give_up:
    ready, _, _ = select.select([terminal], [], [], 0.1)
    if ready:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if part == b"":
            break
        shown += part
    if not is_told and wait_for.encode() in shown:
        is_told = True
        if how == "SIGTERM":
            os.kill(child, signal.SIGTERM)
        else:
            os.write(terminal, b"\x03" * (2 if how == "ctrl-c-twice" else 1))
else:
    os.kill(child, signal.SIGKILL)
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
sys.stdout.write(shown.decode("utf8", "replace"))
print(f"\nexit {code if code >= 0 else 128 - code}")
