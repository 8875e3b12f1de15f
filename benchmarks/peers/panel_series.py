#!/usr/bin/env python3
"""Writes the series of the accuracy panel for `recurrent_traces panel`: panel_series.py FOLDER_OF_PANEL_PY OUT.

Three lines a series: its name, its forecast origins, its values. Needs numpy and pandas.
"""

import sys


def main():
    sys.path.insert(0, sys.argv[1])
    import panel

    with open(sys.argv[2], "w") as out:
        for name, (values, _, _) in panel.load().items():
            origins = " ".join(str(o) for o in panel.origins(len(values)))
            out.write(f"{name}\n{origins}\n{' '.join(repr(float(v)) for v in values)}\n")


if __name__ == "__main__":
    main()
