"""IPython without a kernel: runs the cells of one notebook in this process, thrown away after.

The shell is the kernel's own (`ipykernel.zmqshell`), with a session that keeps the messages
instead of sending them, so that outputs and tracebacks are those a kernel would give.
"""

from __future__ import annotations

import builtins
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NoReturn

from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from nbformat import NotebookNode
from nbformat.v4 import new_output, output_from_msg
from traitlets.config import Config


class MemorySession(Session):
    """Stands where the kernel's ZMQ session is: hands messages over instead of sending them."""

    def __init__(self, outputs: Outputs) -> None:
        super().__init__()
        self.outputs = outputs

    def msg(self, msg_type: str, content: Any = None, **_: Any) -> dict[str, Any]:  # type: ignore[override]
        """Build a message: only its type and content are ever read."""
        return {"msg_type": msg_type, "header": {"msg_type": msg_type}, "content": content or {}}

    def send(self, _stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any) -> Any:  # type: ignore[override]
        """Keep a message."""
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        self.outputs.receive(message)
        return message


class Outputs:
    """Outputs of the cell being run, in the order a front end would store them."""

    def __init__(self) -> None:
        self.cell: NotebookNode = NotebookNode(outputs=[])
        self.drain: Callable[[], None] = lambda: None
        self._clear_next = False
        self._displays: dict[str, list[NotebookNode]] = {}

    def start(self, cell: NotebookNode) -> None:
        """Turn to the next cell."""
        self.cell = cell
        self._clear_next = False

    def receive(self, message: dict[str, Any]) -> None:
        """Store one kernel message the way nbclient does."""
        self.drain()
        kind, content = message["msg_type"], message["content"]
        display_id = (content.get("transient") or {}).get("display_id")
        if kind == "clear_output":
            self._clear(bool(content.get("wait")))
        elif kind == "update_display_data":
            self._update(display_id, content)
        elif kind in {"execute_result", "display_data", "error"}:
            self._append(output_from_msg(message), display_id)

    def write(self, name: str, text: str) -> None:
        """Append text to a stream, merging consecutive pieces."""
        outputs = self.cell.outputs
        if not self._clear_next and outputs and outputs[-1].get("name") == name:
            outputs[-1]["text"] += text
        else:
            self._append(new_output("stream", name=name, text=text), None)

    def _append(self, output: NotebookNode, display_id: str | None) -> None:
        if self._clear_next:
            self._clear(wait=False)
        if display_id:
            self._update(display_id, output)
            self._displays.setdefault(display_id, []).append(output)
        self.cell.outputs.append(output)

    def _clear(self, wait: bool) -> None:
        self._clear_next = wait
        if not wait:
            self.cell.outputs = []

    def _update(self, display_id: str | None, content: dict[str, Any]) -> None:
        for output in self._displays.get(display_id or "", ()):
            output["data"], output["metadata"] = content["data"], content["metadata"]


class OutputStream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of the notebook."""

    encoding = "UTF-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name = f"<{name}>"
        self._name, self._outputs = name, outputs

    def writable(self) -> bool:
        """Say that text may be written."""
        return True

    def write(self, text: str) -> int:
        """Send text to the cell's outputs."""
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self._outputs.drain()
            self._outputs.write(self._name, text)
        return len(text)


class Descriptor:
    """File descriptor 1 or 2, for what doesn't pass by Python: subprocesses, C libraries."""

    def __init__(self, number: int, name: str) -> None:
        self._name = name
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        self._read = 0
        os.dup2(self._file.fileno(), number)

    def flush(self, outputs: Outputs) -> None:
        """Send what was written since the last time to the cell's outputs."""
        size = os.fstat(self._file.fileno()).st_size
        if size > self._read:
            piece = os.pread(self._file.fileno(), size - self._read, self._read)
            outputs.write(self._name, piece.decode(errors="replace"))
            self._read = size


class Shell:
    """One IPython shell for one notebook; never to be made in a process that has to live on."""

    def __init__(self) -> None:
        self.outputs = Outputs()
        self._shell = _new_shell(self.outputs)
        sys.stdout, sys.stderr = (
            OutputStream("stdout", self.outputs),
            OutputStream("stderr", self.outputs),
        )
        descriptors = ((1, "stdout"), (2, "stderr")) if hasattr(os, "pread") else ()
        self._descriptors = [Descriptor(number, name) for number, name in descriptors]
        self.outputs.drain = self._drain
        builtins.input = _refuse_input  # type: ignore[assignment]
        if "" not in sys.path:
            sys.path.insert(0, "")

    def run(self, cell: NotebookNode) -> bool:
        """Run one code cell, fill its outputs, count and timing; return whether it succeeded."""
        self.outputs.start(cell)
        start = _now()
        cell.outputs = []
        cell.execution_count = self._shell.execution_count
        result = self._shell.run_cell(cell.source, store_history=True, cell_id=cell.get("id"))
        self._drain()
        end = _now()
        cell.metadata["execution"] = {
            "iopub.status.busy": start,
            "iopub.execute_input": start,
            "shell.execute_reply": end,
            "iopub.status.idle": end,
        }
        # Set by the kernel's shell when an object fails while it is being shown.
        failed_shown = getattr(self._shell, "_last_traceback_during_displayhook", False)
        return bool(result.success) and not failed_shown

    def _drain(self) -> None:
        for descriptor in self._descriptors:
            descriptor.flush(self.outputs)


def executes(cell: NotebookNode) -> bool:
    """Tell whether a cell is to be run at all."""
    has_code = cell.cell_type == "code" and bool(cell.source.strip())
    return has_code and "skip-execution" not in _tags(cell)


def may_fail(cell: NotebookNode) -> bool:
    """Tell whether an exception of this cell is expected."""
    return "raises-exception" in _tags(cell)


def _tags(cell: NotebookNode) -> Iterable[str]:
    return cell.metadata.get("tags", ())


def _new_shell(outputs: Outputs) -> Any:
    config = Config()
    config.HistoryManager.enabled = False
    # What a kernel finds, whatever program asked for the report.
    sys.argv[:] = ["ipykernel_launcher.py"]
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    os.environ.setdefault("PYDEVD_USE_FRAME_EVAL", "NO")
    ZMQInteractiveShell.clear_instance()
    shell: Any = ZMQInteractiveShell.instance(
        config=config,
        ipython_dir=tempfile.gettempdir(),
        # One that is nowhere: nothing of it is kept, and no folder is left behind.
        profile_dir=ProfileDir(),
        kernel=SimpleNamespace(eventloop=None),
        compiler_class=XCachingCompiler,
    )
    shell.display_pub.session = shell.displayhook.session = MemorySession(outputs)
    shell.displayhook.topic = b"execute_result"
    return shell


def _refuse_input(_: str = "") -> NoReturn:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
