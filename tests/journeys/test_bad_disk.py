"""G9: fsync fails, the disk is full. Nothing is lost, nothing is called delivered that was not, the health
check is red, and it goes on by itself."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.bad_disk import READ, WAITING, Course, go_through

pytestmark = pytest.mark.slow
TOP = Path(__file__).parents[2]


class Strace:
    """Attached to a process, makes every fsync of it fail; detached, the disk is well again."""

    def __init__(self, notes: Path) -> None:
        self._notes = notes
        self._process: subprocess.Popen[bytes] | None = None

    def attach(self, pid: int) -> None:
        command = ["strace", "-f", "-q", "-o", str(self._notes), "-p", str(pid)]
        command += ["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def detach(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(20)

    @property
    def injected(self) -> int:
        return self._notes.read_text().count("EIO")


def may_trace(tmp_path: Path) -> str:
    """Why a running process cannot be traced here, or empty."""
    if not shutil.which("strace"):
        return "there is no strace"
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        command = ["timeout", "-s", "INT", "1", "strace", "-o", str(tmp_path / "try"), "-p", str(sleeper.pid)]
        command += ["-e", "inject=fsync:error=EIO"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
        sleeper.kill()
    return "" if "attached" in said else f"strace may not attach here: {said.strip()[:200]}"


def may_mount(folder: Path) -> str:
    """Why a small file system cannot be mounted here, or empty."""
    if not shutil.which("unshare"):
        return "there is no unshare"
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=1m", "marsad", str(folder)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"mounting is not allowed here: {tried.stderr.strip()[:200]}"


def judge(course: Course) -> None:
    assert course.untrue == [], "called delivered, and never arrived"
    assert course.problems == []
    assert set(course.states) == {"delivered"}
    assert set(course.came) == set(course.delivered), "nothing is lost"
    assert len(course.came) >= WAITING
    assert course.articles >= READ + WAITING
    assert course.during <= 32, "nothing is sent that cannot be written down first"
    assert course.repeats <= 32, "no more than was in flight"
    assert "Traceback" not in course.log


def test_while_fsync_fails_nothing_is_lost_and_health_is_red_until_it_works_again(tmp_path, figure):
    if why := may_trace(tmp_path):
        pytest.skip(why)
    strace = Strace(tmp_path / "strace.txt")
    try:
        course = go_through(tmp_path, strace.attach, strace.detach)
    finally:
        strace.detach()
    assert strace.injected > 0
    assert "the disk of the database fails (SQLITE_IOERR_FSYNC)" in course.fault
    judge(course)
    figure(
        f"EIO on {strace.injected} fsyncs of a daemon at work: {len(course.came)} messages, 0 lost, 0 untrue receipts, "
        f"{course.repeats} twice; red meanwhile, green {course.recovered_after:.1f} s after"
    )


def test_on_a_full_file_system_nothing_is_lost_and_health_is_red_until_there_is_room(tmp_path, figure):
    disk = tmp_path / "disk"
    disk.mkdir()
    if why := may_mount(disk):
        pytest.skip(why)
    inside = 'mount -t tmpfs -o size=16m marsad "$1" && exec "$2" -m tests.journeys.bad_disk "$1"'
    command = ["unshare", "-rm", "sh", "-c", inside, "sh", str(disk), sys.executable]
    run = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    course = Course(**json.loads(run.stdout))
    assert "no room is left for the database" in course.fault
    judge(course)
    figure(
        f"a full file system of 16 MB under a daemon at work: {len(course.came)} messages, 0 lost, 0 untrue receipts, "
        f"{course.repeats} twice; red meanwhile, green {course.recovered_after:.1f} s after"
    )
