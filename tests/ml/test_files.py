"""Files and folders are whole or not there, whenever the writer dies."""

from __future__ import annotations

import gzip
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ml.files import new_folder, new_text_file

ROOT = Path(__file__).resolve().parents[2]


def test_a_folder_appears_when_it_is_whole(tmp_path):
    target = tmp_path / "deep" / "target"
    with new_folder(target) as draft:
        (draft / "a").write_text("1")
        assert not target.exists()
    assert (target / "a").read_text() == "1"


def test_a_writer_that_fails_leaves_what_was_there(tmp_path):
    target = tmp_path / "target"
    with new_folder(target) as draft:
        (draft / "a").write_text("old")
    with pytest.raises(TypeError), new_folder(target) as draft:
        (draft / "a").write_text(None)
    assert (target / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz"])
def test_a_text_file_appears_when_it_is_whole(tmp_path, name):
    path = tmp_path / name
    path.write_text("old")
    with new_text_file(path) as file:
        file.write("né\n")
        assert path.read_text() == "old"
    raw = path.read_bytes()
    assert (gzip.decompress(raw) if name.endswith(".gz") else raw).decode() == "né\n"
    with pytest.raises(TypeError), new_text_file(path) as file:
        file.writelines(["half", None])
    assert path.read_bytes() == raw
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_training_that_is_told_to_stop_leaves_nothing(tmp_path):
    writer = (
        "import sys, time; from pathlib import Path; from ml import __main__, files\n"
        "import signal; signal.signal(signal.SIGTERM, __main__._stop)\n"
        "with files.new_folder(Path(sys.argv[1])) as draft:\n"
        "    (draft / 'half').write_text('x'); print('writing', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", writer, str(tmp_path / "model")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        assert process.stdout.readline() == "writing\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 143
    assert list(tmp_path.iterdir()) == []
