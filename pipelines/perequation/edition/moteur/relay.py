"""Children that have children of their own forked from the same warm server.

A child can't fork safely once it has computed, and a server of its own would import everything again.
So it asks its parent: `Pool` starts what its children ask for and hands them what comes of it. In a
child so started, `process.start`, `wait` and `call` work as they do anywhere else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import connection
from typing import Any

from perequation.edition.moteur import process


@dataclass
class _Request:
    """What a child asks for: a function to run in another child."""

    owner: _Owner
    number: int
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    timeout: float | None


@dataclass
class _Owner:
    """A child that may ask for others, and where its answers go."""

    label: Any
    answers: connection.Connection
    running: dict[int, process.Child] = field(default_factory=dict[int, process.Child])

    def tell(self, message: tuple[int, str, Any]) -> None:
        """Answer; a child that has died meanwhile needs none."""
        try:
            self.answers.send(message)
        except OSError:
            self.running.clear()


class Pool:
    """Runs functions in children that may ask for children, so many at the same time in all.

    Parameters
    ----------
    places
        How many run at once. A child that waits for the first one it asked for lends it its place.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._owners: dict[int, _Owner] = {}
        self._children: list[process.Child] = []
        self._asked: deque[_Request] = deque()

    @property
    def free(self) -> int:
        """How many more children may start."""
        return self.places - sum(max(1, len(owner.running)) for owner in self._owners.values())

    def start(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        timeout: float | None = None,
        label: Any = None,
    ) -> None:
        """Start ``function(tell, *arguments)`` in a child that may ask for others."""
        theirs, ours = process.context().Pipe(duplex=False)
        child = process.start(_run_asking, (theirs, function, arguments), timeout, label)
        theirs.close()
        self._owners[id(child)] = _Owner(label, ours)
        self._children.append(child)

    def wait(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield what the children started here tell: (label, kind, value), kinds as `process.wait`.

        Nothing is yielded when only what children asked for has moved on.
        """
        for child, kind, value in process.wait([*self._children]):
            if child not in self._children:  # ended meanwhile, with the one that asked for it
                continue
            asked = child.label if isinstance(child.label, _Request) else None
            if kind != "event":
                self._children.remove(child)
            if asked is not None:
                self._hand_back(asked, kind, value)
            elif kind == "event" and isinstance(value, _Message):
                self._listen(self._owners[id(child)], value)
            else:
                if kind != "event":
                    self._forget(self._owners.pop(id(child)))
                yield child.label, kind, value
        self._start_asked()

    def close(self) -> None:
        """Kill the children still there."""
        self._asked.clear()
        for child in self._children:
            child.kill()
        self._children.clear()
        self._owners.clear()

    def _listen(self, owner: _Owner, message: _Message) -> None:
        if message.function is not None:
            self._asked.append(
                _Request(
                    owner, message.number, message.function, message.arguments, message.timeout
                )
            )
            return
        self._asked = deque(
            a for a in self._asked if (a.owner, a.number) != (owner, message.number)
        )
        if (child := owner.running.pop(message.number, None)) is not None:
            self._children.remove(child)
            child.kill()

    def _start_asked(self) -> None:
        waiting, self._asked = self._asked, deque[_Request]()
        for asked in waiting:
            if asked.owner.running and self.free < 1:
                self._asked.append(asked)
                continue
            child = process.start(asked.function, asked.arguments, asked.timeout, asked)
            asked.owner.running[asked.number] = child
            self._children.append(child)

    def _hand_back(self, asked: _Request, kind: str, value: Any) -> None:
        if kind != "event":
            asked.owner.running.pop(asked.number, None)
        asked.owner.tell((asked.number, kind, value))

    def _forget(self, owner: _Owner) -> None:
        """End what a child that has ended had asked for."""
        owner.answers.close()
        self._asked = deque(asked for asked in self._asked if asked.owner is not owner)
        for child in owner.running.values():
            if child in self._children:
                self._children.remove(child)
                child.kill()
        owner.running.clear()


@dataclass(frozen=True)
class _Message:
    """From a child to its parent: start this, or (without a function) end it."""

    number: int
    function: Callable[..., Any] | None = None
    arguments: tuple[Any, ...] = ()
    timeout: float | None = None


@dataclass(eq=False)
class RemoteChild:
    """A child that the parent runs for this one."""

    number: int
    line: Line
    label: Any = None

    def kill(self) -> None:
        """End it whatever it is doing."""
        self.line.end(self)


class Line:
    """A child's line to its parent: what it asks for, what becomes of it."""

    def __init__(self, answers: connection.Connection) -> None:
        self._answers = answers
        self._numbers = count()
        self._known: dict[int, RemoteChild] = {}

    def start(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        timeout: float | None = None,
        label: Any = None,
    ) -> RemoteChild:
        """Ask the parent for a child."""
        child = RemoteChild(next(self._numbers), self, label)
        self._known[child.number] = child
        process.notify(_Message(child.number, function, arguments, timeout))
        return child

    def wait(self) -> Iterator[tuple[RemoteChild, str, Any]]:
        """Yield the next thing a child asked for tells."""
        number, kind, value = self._answers.recv()
        child = self._known.get(number)
        if child is None:
            return
        if kind != "event":
            del self._known[number]
        yield child, kind, value

    def end(self, child: RemoteChild) -> None:
        """Have the parent kill a child."""
        if self._known.pop(child.number, None) is not None:
            process.notify(_Message(child.number))


def _run_asking(
    tell: process.Tell,
    answers: connection.Connection,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> Any:
    """Run a function in this child; the children it asks for are the parent's to start."""
    process.ask_through(Line(answers))
    return function(tell, *arguments)
