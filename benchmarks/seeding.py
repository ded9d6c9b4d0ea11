"""Seeding few and many questions from a file: seconds and memory, each as a ratio to the fewest.

`python -m benchmarks.seeding [SIZE ...]`. Time is that of a first run and of a second, which writes nothing.
"""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cloud import ROOT, local_datastore

SIZES = (1_000, 10_000, 100_000)
DIFFICULTIES = ("easy", "medium", "hard")
HEADER = ["category", "difficulty", "prompt", "choice 1", "choice 2", "choice 3", "answer", "explanation"]


def written(folder: Path, size: int) -> Path:
    path = folder / f"{size}.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for n in range(size):
            category, difficulty = f"Category {n % 12}", DIFFICULTIES[n % 3]
            prompt = f"Which of these is number {n} of all the things that were ever counted?"
            rows.writerow([category, difficulty, prompt, "this", "that", "those", "this", "So it is. " * 10])
    return path


def seeded(path: Path) -> tuple[float, float]:
    """Seconds, and the most MB that the process had."""
    environment = os.environ | {"GOOGLE_CLOUD_PROJECT": f"benchmark-{path.stem}"}
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "seed_questions.py", path], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    heads = [f"{'questions':>10}", *(f"{head:>8}" for head in ("first s", "ms each", "again s", "ms each"))]
    print("  ".join([*heads, f"{'MB':>6}", f"{'MB ratio':>8}"]))
    fewest_mb = 0.0
    with TemporaryDirectory() as folder, local_datastore():
        for size in sizes:
            path = written(Path(folder), size)
            first, mb = seeded(path)
            again, _ = seeded(path)
            fewest_mb = fewest_mb or mb
            each = f"{first:>8.1f}  {1000 * first / size:>8.2f}  {again:>8.1f}  {1000 * again / size:>8.2f}"
            print(f"{size:>10,}  {each}  {mb:>6.0f}  {mb / fewest_mb:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
