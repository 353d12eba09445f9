"""Disposable child processes, forked from a warm server (spawned where fork is missing)."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing import connection
from types import ModuleType
from typing import Any, Protocol

Tell = Callable[[Any], None]

_preheated = ["perequation.edition.moteur.server", "perequation.edition.moteur.preload"]
_in_child = False
_line: Starter | None = None
_pipe: connection.Connection | None = None


class ChildDiedError(Exception):
    """A child ended without an answer: killed, segmentation fault, no memory left."""


class ChildTimeoutError(Exception):
    """A child was killed because its time was up."""


class ChildFailedError(Exception):
    """The function raised in the child; the message is the child's traceback."""


class Starter(Protocol):
    """Starts children in place of this process: see `relay`."""

    def start(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        timeout: float | None = None,
        label: Any = None,
    ) -> Any:
        """Start a child."""
        ...

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield what the children tell next."""
        ...


def ask_through(line: Starter) -> None:
    """Have this child ask for its children rather than start them."""
    global _line  # noqa: PLW0603 (what a process is, it is once)
    _line = line


def is_child() -> bool:
    """Tell whether this process is a disposable child."""
    return _in_child


def notify(event: Any) -> None:
    """Send an event to the parent; outside a child, do nothing."""
    if _pipe is not None:
        _pipe.send(("event", event))


def preheat(module: str) -> None:
    """Have the warm server import one more module, before its first child is asked for.

    The module must not fail, nor compute, open a database or start a thread: all children inherit it.
    """
    if module not in _preheated:
        _preheated.append(module)


@cache
def context() -> Any:
    """Return the multiprocessing context, with a warm fork server where the system has one."""
    methods = multiprocessing.get_all_start_methods()
    method = os.environ.get("PEREQUATION_PROCESSUS") or (
        "forkserver" if "forkserver" in methods else "spawn"
    )
    made = multiprocessing.get_context(method)
    if method == "forkserver":
        made.set_forkserver_preload(_preheated)
    return made


@dataclass(eq=False)
class Child:
    """A function running in a child process."""

    process: Any
    pipe: connection.Connection
    deadline: float | None
    label: Any = None

    def kill(self) -> None:
        """End the process whatever it is doing."""
        with suppress(Exception):
            self.process.kill()
        self.process.join()
        self.pipe.close()

    def receive(self) -> tuple[str, Any]:
        """Read one message: ``event``, ``result``, ``failed`` or ``died``."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            code = self.process.exitcode
            return "died", f"signal {-code}" if code and code < 0 else f"code {code}"


def start(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    timeout: float | None = None,
    label: Any = None,
) -> Child:
    """Start ``function(tell, *arguments)`` in a child.

    Parameters
    ----------
    function
        A module-level function; its first argument sends events to the parent.
    arguments
        Picklable arguments.
    timeout
        Seconds before `wait` gives the child up.
    label
        Whatever the caller wants to find again.
    """
    if _line is not None:
        return _line.start(function, arguments, timeout, label)
    ours, theirs = context().Pipe(duplex=False)
    process = context().Process(
        target=_main, args=(theirs, function, arguments, dict(os.environ)), daemon=False
    )
    with _without_script(function):
        process.start()
    theirs.close()
    return Child(process, ours, time.monotonic() + timeout if timeout else None, label)


@contextmanager
def _without_script(function: Callable[..., Any]) -> Generator[None]:
    """Keep a child from running the caller's script again, which multiprocessing has it do.

    Only a function defined in the script needs it. It costs milliseconds a report, and a script
    without a guard would start all over in each child.
    """
    if function.__module__ == "__main__":
        yield
        return
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def wait(children: list[Child]) -> Iterator[tuple[Child, str, Any]]:
    """Yield what the children tell next: (child, kind, value); ``timeout`` when its time is up.

    A child whose kind is not ``event`` has ended; its process is gone when it is yielded.
    """
    if _line is not None:
        yield from _line.wait()
        return
    now = time.monotonic()
    delays = [child.deadline - now for child in children if child.deadline is not None]
    pause = max(0.0, min(delays)) if delays else None
    ready = connection.wait([child.pipe for child in children], pause)
    by_pipe = {child.pipe: child for child in children}
    for pipe in ready:
        child = by_pipe[pipe]  # type: ignore[index]
        kind, value = child.receive()
        if kind != "event":
            _end(child, patient=kind != "died")
        yield child, kind, value
    now = time.monotonic()
    for pipe, child in by_pipe.items():
        if pipe not in ready and child.deadline is not None and child.deadline <= now:
            child.kill()
            yield child, "timeout", None


def call(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    *,
    timeout: float | None = None,
    on_event: Callable[[Any], None] | None = None,
) -> Any:
    """Run ``function(tell, *arguments)`` in a child and return its result.

    Raises
    ------
    ChildTimeoutError, ChildDiedError, ChildFailedError
    """
    child = start(function, arguments, timeout)
    try:
        while True:
            for _, kind, value in wait([child]):
                if kind == "event":
                    if on_event:
                        on_event(value)
                elif kind == "result":
                    return value
                else:
                    raise _error(kind, value, timeout)
    except BaseException:
        child.kill()
        raise


def _error(kind: str, value: Any, timeout: float | None) -> Exception:
    if kind == "timeout":
        return ChildTimeoutError(f"délai de {timeout:g} s dépassé")
    return ChildDiedError(value) if kind == "died" else ChildFailedError(value)


def _end(child: Child, patient: bool) -> None:
    """Wait for a child that has answered; a notebook's stray threads don't hold it back."""
    child.process.join(2 if patient else None)
    child.kill()


def _main(
    pipe: connection.Connection,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    environ: Mapping[str, str],
) -> None:
    global _in_child, _pipe
    _in_child, _pipe = True, pipe
    _follow_parent_to_death()
    for name in set(os.environ) - set(environ):
        del os.environ[name]
    os.environ.update(environ)

    try:
        answer = ("result", function(notify, *arguments))
    except BaseException:  # noqa: BLE001 (SystemExit of a notebook included)
        answer = ("failed", traceback.format_exc())
    pipe.send(answer)
    pipe.close()
    # Threads and exit hooks of a notebook must not hold back, or change, a finished report.
    os._exit(0)


def _follow_parent_to_death() -> None:
    """Leave at once when the parent is killed: a forked child's own parent is the server."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(70)

    threading.Thread(target=watch, name="perequation-parent", daemon=True).start()
