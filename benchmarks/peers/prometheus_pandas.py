"""prometheus-api-client on the document of benchmarks/prometheus_bench.cpp: JSON text to data frame, CPU time.

Needs the package prometheus-api-client[dataframe]; best of the runs is shown, as the best of both sides is what the machine disturbs
least.
"""

import argparse
import json
import time

from prometheus_api_client import MetricRangeDataFrame, MetricsList


def document() -> str:
    """100 series of 11,000 points; the same numbers as in C++."""
    series = []
    x = 1
    for s in range(100):
        values = []
        for i in range(11_000):
            x = (x * 6364136223846793005 + 1442695040888963407) % 2**64
            values.append(f'[{1_715_762_700 + i * 15},"{(x >> 11) * 2.0**-53!r}"]')
        series.append(f'{{"metric":{{"__name__":"cpu","cluster":"c{s}"}},"values":[{",".join(values)}]}}')
    return f'{{"status":"success","data":{{"resultType":"matrix","result":[{",".join(series)}]}}}}'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    text = document()
    size = len(text.encode())
    for name, read in (
        ("json.loads alone", lambda t: json.loads(t)),
        ("MetricsList", lambda t: MetricsList(json.loads(t)["data"]["result"])),
        ("MetricRangeDataFrame", lambda t: MetricRangeDataFrame(json.loads(t)["data"]["result"])),
    ):
        best = float("inf")
        for _ in range(runs):
            begin = time.process_time()
            out = read(text)
            best = min(best, time.process_time() - begin)
        shown = f", sum {out['value'].astype(float).sum():.6f}" if name == "MetricRangeDataFrame" else ""
        print(f"{name}: {size / 1e6:.1f} MB in {best:.3f} s = {size / 1e6 / best:.1f} MB/s{shown}")


if __name__ == "__main__":
    main()
