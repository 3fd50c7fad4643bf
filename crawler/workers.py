"""Processes that do one kind of work each, with a hard deadline: what hangs or crashes there cannot take the
daemon. A worker that is late or dead is replaced; one whose daemon is gone ends by itself.

    do -piece-> socket -task-> socket -answer-> do

The loop reads and writes the sockets itself: threads that block on them would wait for the interpreter's lock twice a
piece, and for as long as a commit computes.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import pickle
import signal
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BufferedReader
from multiprocessing.process import BaseProcess
from typing import Any

Task = Callable[[Any], Any]
"""One piece of work; what it takes and gives is pickled. One that raises costs its worker: nobody knows in what
state it is left."""

Begin = Callable[[], Task]
"""Makes the task, in the worker, once."""

STARTING = 30.0
"""Seconds more for a fresh worker: it has its imports to do before its first piece."""

WORDS = 300
"""Characters at most of what a task raised: the words may hold the whole piece."""

_LENGTH = struct.Struct("!Q")
"""Stands before each message."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """Sent where there is no answer."""

    words: str


def _message(content: Any) -> bytes:
    packed = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(packed)) + packed


def _work(channel: socket.socket) -> None:
    """A worker's life: how to begin, then one piece after another until its socket is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(OSError), channel.makefile("rb") as pieces:  # until the daemon is gone
        if (begin := _next(pieces)) is None:
            return
        gc.disable()  # what a worker begins with stays: walking it while it is made would be a sixth of the start
        task = _begun(begin)
        gc.enable()
        while (piece := _next(pieces)) is not None:
            channel.sendall(_answer(task, piece))


def _next(pieces: BufferedReader) -> bytes | None:
    """The next message; None at the end, also if it is cut off with the daemon."""
    head = pieces.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    piece = pieces.read(length)
    return piece if len(piece) == length else None


def _begun(begin: bytes) -> Task:
    try:
        task: Task = pickle.loads(begin)()  # noqa: S301 - from our own daemon
        return task
    except Exception as error:
        return partial(_refuse, error)  # said when asked: nobody listens yet


def _answer(task: Task, piece: bytes) -> bytes:
    """Raises nothing: what goes to standard error here passes the daemon's log, and its masking, by."""
    try:
        return _message(task(pickle.loads(piece)))  # noqa: S301 - from our own daemon
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        return _message(_Failure(" ".join(words.split())[:WORDS]))


def _refuse(error: Exception, _piece: Any) -> None:
    raise error


class _Answers(asyncio.Protocol):
    """The daemon's end of a worker's socket."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._waiting: asyncio.Future[bytes] | None = None

    async def next(self) -> bytes:
        """Raises EOFError if the worker goes first."""
        self._waiting = asyncio.get_running_loop().create_future()
        return await self._waiting

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) < _LENGTH.size:
            return
        end = _LENGTH.size + _LENGTH.unpack_from(self._received)[0]
        if len(self._received) >= end and self._waiting and not self._waiting.done():
            self._waiting.set_result(bytes(self._received[_LENGTH.size : end]))
            del self._received[:end]

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(EOFError("the worker is gone"))


_Spawned = tuple[BaseProcess, socket.socket, bytes]


def _spawned(begin: Begin) -> _Spawned:
    """The process, our end of its socket, and the message it is to begin with: handed over with the process, word lists
    would block until the new interpreter is up and reads, and with it a daemon that is told to stop meanwhile.

    Blocks. In one thread to the end: the new process inherits its socket by number.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=_work, args=(theirs,), daemon=True, name="marsad-worker")
        process.start()
    return process, ours, _message(begin)


def _give_up(spawning: asyncio.Future[_Spawned]) -> None:
    """A process is on its way all the same; it ends when its socket is closed."""
    if not spawning.cancelled() and spawning.exception() is None:
        _, channel, _ = spawning.result()
        channel.close()


class _Worker:
    def __init__(self, process: BaseProcess, transport: asyncio.Transport, answers: _Answers) -> None:
        self.process = process
        self._transport, self._answers = transport, answers

    @classmethod
    async def start(cls, begin: Begin) -> _Worker:
        loop = asyncio.get_running_loop()
        spawning = loop.run_in_executor(None, _spawned, begin)
        try:
            process, channel, begins = await asyncio.shield(spawning)
        except asyncio.CancelledError:
            spawning.add_done_callback(_give_up)
            raise
        transport, answers = await loop.create_unix_connection(_Answers, sock=channel)
        transport.write(begins)
        return cls(process, transport, answers)

    async def ask(self, piece: Any, seconds: float) -> Any:
        """One piece at a time. Raises TimeoutError, or EOFError with the reason; the worker is of no use then."""
        async with asyncio.timeout(seconds):
            self._transport.write(_message(piece))
            answer = pickle.loads(await self._answers.next())  # noqa: S301 - from our own worker
        if isinstance(answer, _Failure):
            raise EOFError(answer.words)
        return answer

    @property
    def is_gone(self) -> bool:
        """Whether it ended by itself, or was killed by the system."""
        return self._transport.is_closing()

    def end(self) -> None:
        self._transport.abort()
        self.process.kill()
        self.process.join(1)
        if self.process.exitcode is not None:  # else it hangs in the kernel, and is left to it
            self.process.close()


class Workers:
    """Workers are started on first use and kept. Close it at the end."""

    def __init__(self, count: int, begin: Begin, deadline: timedelta) -> None:
        self._begin, self._seconds = begin, deadline.total_seconds()
        self._idle: list[_Worker | None] = [None] * count
        self._free = asyncio.Semaphore(count)
        self._is_closed = False

    async def do(self, piece: Any) -> Any:
        """The task's answer. Raises TimeoutError past the deadline, EOFError with the reason if the worker died or
        the task failed."""
        async with self._free:
            worker = self._idle.pop()
            if worker is not None and worker.is_gone:  # while it had nothing to do: this piece is not to blame
                worker.end()
                worker = None
            fresh = worker is None
            try:
                if worker is None:
                    worker = await _Worker.start(self._begin)
                answer = await worker.ask(piece, self._seconds + (STARTING if fresh else 0))
            except OSError as error:
                self._replace(worker)
                if isinstance(error, TimeoutError):
                    raise
                raise EOFError("the worker is gone") from error
            except BaseException:
                self._replace(worker)
                raise
            if self._is_closed:
                self._replace(worker)
            else:
                self._idle.append(worker)
            return answer

    def _replace(self, worker: _Worker | None) -> None:
        """Its place is the last that is taken: others may be warm."""
        self._idle.insert(0, None)
        if worker is not None:
            worker.end()

    async def close(self) -> None:
        """End all workers, those at work with their pieces."""
        self._is_closed = True
        for worker in self._idle:
            if worker is not None:
                worker.end()
        self._idle = [None] * len(self._idle)


__all__ = ["Begin", "Task", "Workers"]
