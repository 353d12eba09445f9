"""Papermill engine: the cells run in a child forked from a warm server, not in a new kernel.

Parameters, statuses, timings, error marker and saves stay Papermill's own; only what runs a
cell differs. The process that calls Papermill is never the one that runs the cells, unless it
is itself such a child (`process.is_child`), as in the batch.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from nbformat import NotebookNode
from papermill.engines import Engine

from perequation.edition.moteur import process


class Manager(Protocol):
    """What the engine tells while it runs: Papermill's own manager, or its relay in a child."""

    nb: NotebookNode

    def cell_start(self, cell: NotebookNode, cell_index: int) -> None:
        """Note that a cell starts."""
        ...

    def cell_exception(self, cell: NotebookNode, cell_index: int) -> None:
        """Note that a cell failed."""
        ...

    def cell_complete(self, cell: NotebookNode, cell_index: int) -> None:
        """Note that a cell ended, whatever its end."""
        ...


class ForkedEngine(Engine):
    """Run a notebook in one disposable child process."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,  # noqa: ARG003 (Papermill's signature)
        execution_timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Run the cells and report them to Papermill's manager.

        Parameters
        ----------
        nb_man
            Papermill's `NotebookExecutionManager`.
        kernel_name
            Kept for Papermill: the child is always this Python.
        execution_timeout
            Seconds allowed to the notebook as a whole; None for no limit.

        Raises
        ------
        nbclient.exceptions.DeadKernelError
            The child died; the cell it was running stays marked as running.
        nbclient.exceptions.CellTimeoutError
            The child was killed at the time limit.
        """
        if process.is_child():
            run_cells(nb_man, process.notify)
        else:
            _run_in_child(nb_man, execution_timeout or kwargs.get("timeout"))


def run_cells(manager: Manager, on_cell: Callable[[int], None] | None = None) -> None:
    """Run every cell in this process, which must be a disposable one.

    Parameters
    ----------
    manager
        Told of every cell that starts, fails, ends.
    on_cell
        Told the index of each cell before it runs, so that a crash can be placed.
    """
    from ipykernel.ipkernel import IPythonKernel

    from perequation.edition.moteur import shell as shells

    shell = shells.Shell()
    for index, cell in enumerate(manager.nb.cells):
        manager.cell_start(cell, index)
        if on_cell:
            on_cell(index)
        try:
            if shells.executes(cell) and not shell.run(cell) and not shells.may_fail(cell):
                manager.cell_exception(cell, index)
                break
        finally:
            manager.cell_complete(cell, index)
    manager.nb.metadata["language_info"] = IPythonKernel.language_info


class _Relay:
    """Manager of the child: sends each event, with the cell, to the parent's manager."""

    def __init__(self, nb: NotebookNode, tell: process.Tell) -> None:
        self.nb, self._tell = nb, tell

    def cell_start(self, cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG002
        self._tell(("cell_start", cell_index, None))

    def cell_exception(self, cell: NotebookNode, cell_index: int) -> None:
        self._tell(("cell_exception", cell_index, cell))

    def cell_complete(self, cell: NotebookNode, cell_index: int) -> None:
        self._tell(("cell_complete", cell_index, cell))


def run_relayed(tell: process.Tell, nb: NotebookNode, folder: str) -> dict[str, Any]:
    """Run a notebook in this child for a parent that keeps Papermill's manager."""
    os.chdir(folder)
    run_cells(_Relay(nb, tell))
    return dict(nb.metadata["language_info"])


def _run_in_child(nb_man: Any, timeout: float | None) -> None:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    running = 0

    def follow(event: tuple[str, int, NotebookNode | None]) -> None:
        nonlocal running
        name, running, cell = event
        if cell is not None:
            # Papermill's own timings were set on our cell by `cell_start`: keep them.
            own = nb_man.nb.cells[running].metadata["papermill"]
            nb_man.nb.cells[running] = cell
            cell.metadata["papermill"] = own
        getattr(nb_man, name)(nb_man.nb.cells[running], cell_index=running)

    try:
        language = process.call(
            run_relayed, (nb_man.nb, str(Path.cwd())), timeout=timeout, on_event=follow
        )
    except process.ChildTimeoutError as error:
        cell = nb_man.nb.cells[running]
        raise CellTimeoutError.error_from_timeout_and_cell(
            str(error), int(timeout or 0), cell
        ) from None
    except process.ChildDiedError as error:
        raise DeadKernelError(f"Kernel died ({error})") from None
    nb_man.nb.metadata["language_info"] = language
