"""The command `learningplane`: the same as the C++ program. Imports no NumPy."""

from __future__ import annotations

import signal
import sys

from learningplane._core import cli_main


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    # Python's own handler would only note Ctrl-C: the command meets signals as the C++ program does.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return cli_main(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
