"""One hybrid policy file, untouched, on traces of other services beside what people run today.

    LEARNINGPLANE_DATA=../shared/data benchmarks/scaling_traces.py PATH/learningplane [--policy FILE] [--only NAME]

The same rules for every trace and policy: an instance carries a twentieth of the highest load of the training part (the
first week; of the one-hour trace the first 20 minutes) and starts a minute after it was asked for; loads are given in fifths
of an instance, so that the file's throughput is 5. HPA and target tracking aim at four fifths of an instance, and so does the
second row of the hybrid: the same file with 4 instead of 5. The schedule has, for each hour of working days and of weekends,
as many instances as the training part's highest load in that hour needs (one number where there is less than a day). Forecasts
are day_profile's, theta's where there is no day to look back on. The oracle plans an hour on the trace itself. Everybody decides
at the end of a slot (a minute; 10 s of the one-hour trace; the five minutes of the nab files, in which the start-up is hidden).
Scored are the slots after the training part; a slot is violated where an instance has more than it carries. Absent data are
named and skipped.
"""

import argparse
import csv
import datetime as dt
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
MINUTE = 60
# name, file, column, combine, seconds of a slot, slots of the training part
TRACES = [
    ("ev_workplace", "ev_workplace/occupied_1min.csv", "occupied", "mean", MINUTE, 10_080),
    ("nasa_http", "nasa_http/requests_1min.csv", "requests", "mean", MINUTE, 10_080),
    ("azure_llm", "azure_llm/AzureLLMInferenceTrace_code.csv", "", "count", 10, 120),
    ("nab elb_request_count", "nab/elb_request_count_8c0756.csv", "value", "mean", 5 * MINUTE, 2_016),
    ("nab rds_cpu", "nab/rds_cpu_utilization_cc0c53.csv", "value", "mean", 5 * MINUTE, 2_016),
]
MODEL = "theta"  # where there is no day to look back on
EACH = 5.0  # units that an instance carries


def parse(text: str) -> dt.datetime:
    head, _, fraction = text.partition(".")
    return dt.datetime.fromisoformat(head).replace(tzinfo=dt.timezone.utc) + dt.timedelta(
        microseconds=int((fraction + "000000")[:6])
    )


def slots(path: pathlib.Path, column: str, combine: str, seconds: int) -> tuple[dt.datetime, list[float | None]]:
    """The trace as the simulator makes it, for the rules that need its first part."""
    sums: dict[int, list[float]] = {}
    with path.open(newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        at = header.index(column) if column else 0
        for row in rows:
            slot = math.floor(parse(row[0]).timestamp() / seconds)
            sums.setdefault(slot, []).append(1.0 if combine == "count" else float(row[at]))
    first = min(sums)
    load: list[float | None] = []
    for slot in range(first, max(sums) + 1):
        values = sums.get(slot)
        if combine == "count":
            load.append(float(len(values or [])))
        else:
            load.append(sum(values) / len(values) if values else None)
    return dt.datetime.fromtimestamp(first * seconds, dt.timezone.utc), load


def schedule(start: dt.datetime, load: list[float | None], seconds: int, each: float) -> dict[str, object]:
    instances = lambda peak: max(1, math.ceil(peak / each - 1e-9))  # noqa: E731
    overall = instances(max(v for v in load if v is not None))
    if len(load) * seconds < 86_400:
        return {"kind": "schedule", "periods": [], "otherwise": overall}
    peaks: dict[tuple[bool, int], float] = {}
    for i, v in enumerate(load):
        if v is None:
            continue
        t = start + dt.timedelta(seconds=i * seconds)
        key = (t.weekday() >= 5, t.hour)
        peaks[key] = max(peaks.get(key, 0.0), v)
    periods = []
    for (weekend, hour), peak in sorted(peaks.items()):
        days = ["sat", "sun"] if weekend else ["mon", "tue", "wed", "thu", "fri"]
        to = f"{hour + 1:02d}:00" if hour < 23 else "24:00"
        periods.append({"days": days, "from": f"{hour:02d}:00", "to": to, "replicas": instances(peak)})
    return {"kind": "schedule", "periods": periods, "otherwise": overall}


def run(program: str, policy: str, trace: tuple[str, str, str, str, int, int], data: pathlib.Path) -> list[dict]:
    name, file, column, combine, seconds, training = trace
    start, load = slots(data / file, column, combine, seconds)
    each = max(v for v in load[:training] if v is not None) / 20
    with tempfile.TemporaryDirectory() as folder:
        others = pathlib.Path(folder) / "others.yaml"
        hpa = {"kind": "hpa", "metrics": [{"name": "load", "target": 0.8 * EACH, "kind": "average_value"}]}
        oracle = {"kind": "predictive", "name": "oracle, 1 h", "throughput": EACH, "forecasts": "trace"}
        tracking = {"kind": "target_tracking", "target": 0.8 * EACH}
        others.write_text(json.dumps([hpa, tracking, schedule(start, load[:training], seconds, each), oracle]))
        command = [program, "simulate", "--trace", str(data / file), "--combine", combine, "--slot", f"{seconds}s"]
        if column:
            command += ["--column", column]
        command += ["--streams", repr(EACH / each), "--throughput", repr(EACH), "--exact", "--policy", "none"]
        # The file plans with all that an instance carries; the same file at the target of HPA and target tracking.
        aimed = pathlib.Path(folder) / "aimed.yaml"
        text = pathlib.Path(policy).read_text()
        aimed.write_text(text.replace("throughput: 5", "throughput: 4").replace("name: hybrid", "name: hybrid at 4/5"))
        command += ["--policy-file", policy, "--policy-file", str(aimed), "--policy-file", str(others), "--json"]
        command += ["--start-slot", str(training), "--slots", str(len(load) - training), "--train-slots", str(training)]
        command += ["--startup-slots", str(MINUTE // seconds), "--refit-slots", str(86_400 // seconds)]
        command += ["--forecast-slots", str(max(1, 300 // seconds))]
        if training * seconds < 86_400:  # no day to look back on
            command += ["--model", MODEL]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{name}: {done.stderr}")
    return json.loads(done.stdout)["policies"]


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--policy", default=str(HERE / "hybrid.yaml"))
    arguments.add_argument("--only", default="")
    options = arguments.parse_args()
    data = pathlib.Path(os.environ.get("LEARNINGPLANE_DATA", HERE.parent.parent / "shared" / "data"))
    print("| trace | policy | events | slots over what instances carry, % | instance-hours | to the oracle | most |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for trace in TRACES:
        if options.only not in trace[0]:
            continue
        if not (data / trace[1]).is_file():
            print(f"SKIPPED {trace[0]}: {trace[1]} is not there", file=sys.stderr)
            continue
        policies = run(options.program, options.policy, trace, data)
        best = policies[-1]["instance_minutes"]
        for p in policies:
            over = next(v for k, v in p["violations"].items() if float(k) == 22)
            hours, share = p["instance_minutes"] / 60, 100 * (p["instance_minutes"] / best - 1)
            print(
                f"| {trace[0]} | {p['name']} | {p['events']:,} | {over:.2f} | {hours:,.0f} | {share:+.1f} % |"
                f" {p['max_instances']} |"
            )


if __name__ == "__main__":
    main()
