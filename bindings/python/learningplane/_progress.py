"""A progress bar on a terminal, where tqdm is installed; silence everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def bar(what: str, wanted: bool | None = None) -> Iterator[Callable[[int, int], None] | None]:
    """Gives a function of (done, all), or None where nothing is to be shown.

    `wanted` None: where the standard error is a terminal. Without tqdm there is never a bar.
    """
    stream = sys.stderr
    if wanted is None:
        wanted = stream is not None and stream.isatty()
    if not wanted:
        yield None
        return
    try:
        from tqdm import tqdm
    except ImportError:
        yield None
        return
    shown: Any = tqdm(desc=what, file=stream, leave=False)

    def tell(done: int, every: int) -> None:
        shown.total = every
        shown.update(done - shown.n)

    try:
        yield tell
    finally:
        shown.close()
