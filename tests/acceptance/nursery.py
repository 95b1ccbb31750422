"""Bots that start at once: forked from a process that has loaded the program already.

To load it is most of what a start computes, and the acceptance tests start some hundreds of bots. From there on a
process is what `python bot.py run` makes it: it reads its settings, opens its database and hears its signals. Whether
it starts from nothing is what the tests of the demo and of the command line see.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
BOT = ROOT / "bot.py"
# Nothing here is encrypted, and to read the certificates of the computer is a twentieth of what a start computes.
NO_CERTIFICATES = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
_MOST_BYTES = 1 << 20  # of an order
_CRASHED = 70


@dataclass(frozen=True, slots=True)
class Order:
    """A bot to be: its arguments, its folder, everything in its environment, and the file for all that it says."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]
    log: str


class Forked:
    """One bot, as far as `asyncio.subprocess.Process` would tell. It does not outlive the connection to the nursery."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._end = asyncio.create_task(self._see_end(reader, writer))

    @classmethod
    async def start(cls, order: Order) -> Forked:
        """Fork a bot."""
        reader, writer = await asyncio.open_unix_connection(await asyncio.to_thread(_nursery))
        writer.write(json.dumps(asdict(order)).encode() + b"\n")
        return cls(int(await reader.readline()), reader, writer)

    def send_signal(self, signum: signal.Signals) -> None:
        """Nothing happens when it has ended."""
        if self.returncode is None:
            os.kill(self.pid, signum)

    async def wait(self) -> int:
        """Its exit code; below 0 the signal that ended it."""
        return await asyncio.shield(self._end)

    async def _see_end(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        self.returncode = int(await reader.readline())
        writer.close()
        await writer.wait_closed()
        return self.returncode


@cache
def _nursery() -> str:
    """The address of this process's nursery, which is started now and ends with it."""
    path = str(Path(tempfile.mkdtemp(prefix="nursery-")) / "socket")
    hear, say = os.pipe()  # whose other end is closed with us, whatever ends us
    with subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.nursery", path],
        cwd=ROOT,
        env=os.environ | NO_CERTIFICATES,
        stdin=hear,
        stdout=subprocess.PIPE,
    ) as process:
        os.close(hear)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    atexit.register(os.close, say)
    return path


class _Nursery:
    """Keeps: one thread, as only then a fork is a whole program; a bot ends when nobody waits for it any more."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()
        self._bots: dict[int, socket.socket] = {}

    def run(self) -> None:
        """Until standard input is closed."""
        self._wake.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno())
        signal.signal(signal.SIGCHLD, lambda signum, frame: None)
        for source in (sys.stdin, self._listener, self._woken):
            self._selector.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is sys.stdin:
                    self._close()
                    return
                self._react(key)

    def _react(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self._listener:
            caller, _ = self._listener.accept()
            self._fork(caller)
        elif key.fileobj is self._woken:
            self._woken.recv(4096)
            self._reap()
        else:  # whoever waited for this bot is gone
            self._selector.unregister(key.fileobj)
            os.kill(key.data, signal.SIGKILL)

    def _fork(self, caller: socket.socket) -> None:
        line = _line(caller)
        if not line.endswith(b"\n"):
            caller.close()
            return
        order = Order(**json.loads(line))
        pid = os.fork()
        if pid == 0:
            self._let_go(caller)
            _become(order)
        self._bots[pid] = caller
        with suppress(OSError):  # whoever left is noticed by the selector
            caller.sendall(f"{pid}\n".encode())
        self._selector.register(caller, selectors.EVENT_READ, pid)

    def _reap(self) -> None:
        for pid, caller in list(self._bots.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            del self._bots[pid]
            if caller in self._selector.get_map():
                self._selector.unregister(caller)
                with suppress(OSError):  # nobody waits for it any more
                    caller.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            caller.close()

    def _let_go(self, caller: socket.socket) -> None:
        """In a child: it shares nothing with the others."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for one in (self._listener, self._woken, self._wake, caller, *self._bots.values()):
            one.close()

    def _close(self) -> None:
        for pid in self._bots:
            os.kill(pid, signal.SIGKILL)
        self._path.unlink()
        self._path.parent.rmdir()


def _line(caller: socket.socket) -> bytes:
    read = b""
    while not read.endswith(b"\n"):
        if not (more := caller.recv(_MOST_BYTES)):
            break  # who asked is gone
        read += more
    return read


def _become(order: Order) -> None:
    """What `python bot.py` does, in this process, which ends with it."""
    for signum in (signal.SIGCHLD, signal.SIGHUP, signal.SIGTERM):  # whoever runs the tests may be deaf to one
        signal.signal(signum, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    log = os.open(order.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for taken, number in ((os.open(os.devnull, os.O_RDONLY), 0), (log, 1), (log, 2)):
        os.dup2(taken, number)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    sys.argv = [str(BOT), *order.arguments]
    code = _CRASHED
    try:
        runpy.run_path(str(BOT), run_name="__main__")
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    import bot  # noqa: F401  loads what every bot needs
    from klapper.moderation.builtin import builtin_filter

    builtin_filter()  # and what every bot would read
    gc.collect()
    gc.freeze()  # what stays with the bots as it is need not be copied, nor be looked through for garbage
    nursery = _Nursery(sys.argv[1])
    if os.fork():  # it is nobody's child: some tests look for what a worker leaves behind
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        os._exit(0)
    nursery.run()
