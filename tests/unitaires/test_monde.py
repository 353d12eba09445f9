"""What belongs to the user's world is a sentence and a code of the contract, never our fault."""

import errno
import io
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitaires.ingestion.montage import make_dossier

from perequation import cli
from perequation.cli import flux
from perequation.socle.monde import find_shortage, tell_refusal

pytestmark = pytest.mark.lourd


class PanicException(BaseException):
    """What a native library raises when it gives up."""


PanicException.__module__ = "pyo3_runtime"


@pytest.mark.parametrize(
    ("error", "mot"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "plein"),
        (OSError(errno.EFBIG, "File too large", "x"), "« x » : la taille permise"),
        (duckdb.IOException("IO Error: Could not write file: No space left on device"), "plein"),
        (duckdb.OutOfMemoryException("failed to allocate 256 KiB"), "mémoire"),
        (PanicException("called `Result::unwrap()`: Os { code: 12 } (os error 12)"), "mémoire"),
        (PanicException("write failed: File too large (os error 27)"), "ulimit -f"),
        (MemoryError(), "mémoire"),
        (RuntimeError("can't start new thread"), "mémoire"),
    ],
)
@pytest.mark.parametrize("niveaux", [0, 2])
def test_a_refusal_of_the_machine_is_a_sentence_however_deep(
    error: BaseException, mot: str, niveaux: int
) -> None:
    for _ in range(niveaux):
        envelope = RuntimeError("autre chose")
        envelope.__cause__ = error
        error = envelope
    refus = tell_refusal(error)
    assert refus is not None
    assert refus.code == 2
    assert mot in refus.message


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("No space left"), OSError("autre")])
def test_a_fault_of_ours_stays_one(error: Exception) -> None:
    assert tell_refusal(error) is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (duckdb.InterruptException("INTERRUPT Error: Interrupted!"), 130),
        (OSError(errno.ENOSPC, "No space left on device"), 2),
        (PanicException("memory allocation of 12 bytes failed"), 2),
        (KeyError("x"), 1),
    ],
)
def test_every_ending_has_its_code_and_one_sentence(
    error: BaseException,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: Path) -> None:
        raise error

    monkeypatch.setattr("perequation.socle.dossier.open_dossier", fail)
    with pytest.raises(SystemExit) as fin:
        cli.main(["etat", str(tmp_path)])
    assert fin.value.code == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert len(lines) == 1


def test_what_a_library_makes_of_ctrl_c_is_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Duckdb answers a signal by a RuntimeError of its own; without a signal it is a fault of ours."""

    def told(_: Path) -> None:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise RuntimeError("Query interrupted")

    def untold(_: Path) -> None:
        raise RuntimeError("Query interrupted")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for command, code in ((told, 130), (untold, 1)):
            monkeypatch.setattr("perequation.socle.dossier.open_dossier", command)
            with pytest.raises(SystemExit) as fin:
                cli.main(["etat", str(tmp_path)])
            assert fin.value.code == code
            assert ("Interrompu" in capsys.readouterr().err) == (code == 130)
    finally:
        signal.signal(signal.SIGINT, before)


@given(st.text(max_size=40), st.sampled_from(["cp1252", "latin-1", "cp850", "ascii", "utf-8"]))
def test_any_text_goes_out_in_any_encoding(texte: str, encodage: str) -> None:
    flux.settle()
    octets = texte.encode(encodage, "perequation-proche")
    assert octets.decode(encodage) == texte or encodage != "utf-8" or not texte.isprintable()


def test_what_an_encoding_lacks_is_written_as_the_nearest() -> None:
    flux.settle()
    sortie = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", errors="perequation-proche")
    sortie.write("l’œuvre : 79,8\u202f% — e\u0301te\u0301 ── \udce9")
    sortie.flush()
    octets = sortie.buffer.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    assert octets.decode("latin-1") == "l'oeuvre : 79,8 % - ete -- ?"


@pytest.mark.parametrize("encodage", ["cp1252", "latin-1", "cp850"])
@pytest.mark.parametrize(
    "commande", [["--help"], ["reglement", "afficher", "CCST", "--session", "2023"], ["colonnes"]]
)
def test_commands_answer_whatever_the_encoding_of_the_output(
    commande: list[str], encodage: str
) -> None:
    fini = _command(commande, PYTHONIOENCODING=encodage)
    assert (fini.returncode, fini.stderr) == (0, b"")
    assert fini.stdout.decode(encodage)


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize(
    "commande", [["--help"], ["reglement", "afficher", "CCST", "--session", "2023"]]
)
def test_a_reader_who_leaves_is_no_fault(commande: list[str]) -> None:
    lecture, ecriture = os.pipe()
    os.close(lecture)
    fini = subprocess.run(
        [sys.executable, "-m", "perequation", *commande],
        stdout=ecriture,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(ecriture)
    assert (fini.returncode, fini.stderr) == (0, b"")


def _command(commande: list[str], **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "perequation", *commande],
        capture_output=True,
        check=False,
        env=os.environ | environ,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="address space is bounded on Linux")
@pytest.mark.parametrize(
    ("commande", "megaoctets"),
    [("executer", 300), ("executer", 1024), ("importer", 2048), ("etat", 700), ("comparer", 1024)],
)
def test_too_little_address_space_is_one_sentence_with_what_it_takes(
    tmp_path: Path, commande: str, megaoctets: int
) -> None:
    import resource

    make_dossier(tmp_path / "s", {})

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megaoctets << 20, megaoctets << 20))

    fini = subprocess.run(
        [sys.executable, "-m", "perequation", commande, tmp_path / "s"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    if commande in {"executer", "importer"}:
        assert fini.returncode == 2
        assert "il lui en faut" in fini.stderr
        assert f"({megaoctets} Mo, ulimit -v)" in fini.stderr
    assert fini.returncode in {0, 2, 6}, fini.stderr
    assert len(fini.stderr.splitlines()) <= 1 + fini.stderr.count("  - ")


def test_without_a_limit_no_command_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perequation.socle.monde._allowed_space", lambda: None)
    assert find_shortage() is None
    monkeypatch.setattr("perequation.socle.monde._allowed_space", lambda: 1 << 20)
    assert find_shortage() is None
    monkeypatch.setattr("perequation.socle.monde._allowed_space", lambda: 1024)
    assert find_shortage() is not None
