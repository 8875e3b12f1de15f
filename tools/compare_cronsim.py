#!/usr/bin/env python3
"""Compares cron triggers and time zones with the Python package cronsim and Python's zoneinfo.

    compare_cronsim.py [--triples 100000] [--seed 1] [--build build/dev] [--fixture FILE]

Draws random (expression, zone, start) triples, a third of the starts within eight hours of a clock change, a third of the
rest after 2037, and compares the next three times. Where the two differ, ours must be what the written policy
(docs/design/060-time.md) says, worked out here by a third way: cronsim on wall-clock times without a zone, and zoneinfo.
Prints the counts compared, rejected and different per class; exit 1 where a difference is not a documented one.
--fixture writes some hundred triples of all classes, for the unit test.
"""

import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

ROOT = pathlib.Path(__file__).resolve().parent.parent
CRONSIM = "2.8"
COUNT = 3
YEAR = 31556952
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
RANGES = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def with_cronsim() -> None:
    """Runs this script again in a virtual environment of its own that has cronsim."""
    try:
        import cronsim  # noqa: F401
    except ImportError:
        folder = pathlib.Path(os.environ.get("LEARNINGPLANE_CACHE", "~/.cache/learningplane")).expanduser()
        python = folder / "venv-cronsim" / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", folder / "venv-cronsim"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"cronsim=={CRONSIM}"], check=True)
        os.execv(python, [str(python), *sys.argv])


def field(r: random.Random, index: int) -> str:
    low, high = RANGES[index]

    def value() -> str:
        n = r.randint(low, high)
        if index == 4 and r.random() < 0.3:
            return MONTHS[n - 1]
        if index == 5 and r.random() < 0.3:
            return DAYS[n % 7]
        return str(n)

    def span() -> str:
        a, b = sorted(r.randint(low, high) for _ in range(2))
        return f"{a}-{b}"

    kind = r.random()
    if index == 3 and kind < 0.12:
        return r.choice(["L", "LW", "L", "15,L", "1-5,LW"])
    if index == 5 and kind < 0.12:
        return r.choice([f"{r.randint(0, 7)}L", f"{r.randint(0, 7)}#{r.randint(1, 5)}", f"MON,{r.randint(1, 5)}L"])
    star = (0.3, 0.2, 0.25, 0.6, 0.7, 0.65)[index]
    if r.random() < star:
        return "*" if r.random() < 0.7 else f"*/{r.randint(1, high)}"
    kind = r.random()
    if kind < 0.5:
        return value()
    if kind < 0.65:
        return span()
    if kind < 0.8:
        return ",".join(value() for _ in range(r.randint(2, 4)))
    if kind < 0.9:
        return f"{span()}/{r.randint(1, 12)}"
    return f"{r.randint(low, high)}/{r.randint(1, 12)}"


def expression(r: random.Random, near_edge: bool) -> str:
    parts = [field(r, i) for i in range(6)]
    if near_edge and r.random() < 0.5:  # an hour that the clocks skip or repeat
        parts[2] = str(r.randint(0, 4))
        parts[3:] = ["*", "*", "*"]
    if r.random() < 0.6:
        parts = parts[1:]
    text = " ".join(parts)
    if r.random() < 0.04:  # spoil it
        at = r.randrange(len(text))
        text = text[:at] + r.choice("*/-,#LW0969 x?") + text[at + r.randint(0, 1) :]
    return text


@cache
def changes(zone: str) -> list[int]:
    """The instants from 1970 to 2099 at which the zone's offset changes."""
    tz = ZoneInfo(zone)

    def offset(t: int) -> timedelta:
        return datetime.fromtimestamp(t, tz).utcoffset() or timedelta()

    out, step = [], 20 * 86400
    for t in range(0, 130 * YEAR, step):
        if offset(t) == offset(t + step):
            continue
        low, high = t, t + step
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
        out.append(high)
    return out


def wall(t: int, tz: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(t, tz)


def instants(naive: datetime, tz: ZoneInfo) -> list[int]:
    """The instants at which the zone's clocks show this: none, one or two."""
    found = {int(naive.replace(tzinfo=tz, fold=fold).timestamp()) for fold in (0, 1)}
    return sorted(t for t in found if wall(t, tz).replace(tzinfo=None) == naive)


def gap_end(naive: datetime, tz: ZoneInfo) -> int:
    low, high = sorted(int(naive.replace(tzinfo=tz, fold=fold).timestamp()) for fold in (0, 1))
    before = wall(low, tz).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wall(middle, tz).utcoffset() == before else (low, middle)
    return high


def is_fixed(text: str) -> bool:
    return not any(part.startswith("*") for part in text.split()[:-3])


def by_policy(text: str, zone: str, start: int, last: int | None) -> list[int]:
    """What the policy asks for, from matching wall-clock times alone."""
    from cronsim import CronSim

    tz = ZoneInfo(zone)
    here = wall(start, tz).replace(tzinfo=None)
    fixed = is_fixed(text)
    limit = here.year + 50
    stop = wall(last, tz).replace(tzinfo=None) + timedelta(hours=4) if last is not None else None
    found: set[int] = set()
    for naive in CronSim(text, here - timedelta(hours=0 if fixed else 4)):
        if naive.year > limit or (stop is not None and naive > stop):
            break
        meant = instants(naive, tz)
        if fixed:
            meant = meant[:1] or [gap_end(naive, tz)]
        found.update(t for t in meant if t > start)
        if fixed and len(found) > COUNT:
            break
    return sorted(found)[:COUNT]


class TooLongError(Exception):
    """cronsim has not answered within five seconds of computing."""


def give_up(*_: object) -> None:
    raise TooLongError


def by_cronsim(text: str, zone: str, start: int) -> list[datetime] | None:
    from cronsim import CronSim, CronSimError

    try:
        it = CronSim(text, wall(start, ZoneInfo(zone)))
    except CronSimError:
        return None
    out = []
    signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, 5)
    try:
        for _ in range(COUNT):
            out.append(next(it))
    except StopIteration:
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return out


def reason(text: str, zone: str, start: int, ours: list[int], theirs: list[datetime] | None) -> str:
    """Why the two differ; empty where the policy does not say what we say."""
    if ours != by_policy(text, zone, start, ours[-1] if len(ours) == COUNT else None):
        return ""
    if theirs is None:
        return "cronsim does not end"
    tz = ZoneInfo(zone)
    shown = [t.replace(tzinfo=None) for t in theirs]
    if any(wall(int(t.timestamp()), tz).replace(tzinfo=None) != n for t, n in zip(theirs, shown, strict=True)):
        return "cronsim names a wall time that does not exist"
    if any(int(t.timestamp()) <= start for t in theirs):
        return "cronsim names a time that is not after the start"
    if len(text.split()) == 6 and is_fixed(text):
        return "six fields, fixed time: we treat it as five fields"
    if is_fixed(text):
        return "gap that ends off the minute: we fire at its very end"
    return "cronsim steps over part of an hour where clocks change"


class Probe:
    """The C++ program that answers for us."""

    def __init__(self, build: pathlib.Path):
        program = build / "tests" / "cron_probe"
        subprocess.run(["cmake", "--build", build, "--target", "cron_probe"], check=True, stdout=subprocess.DEVNULL)
        self.program = program

    def ask(self, lines: list[str]) -> tuple[list[str], str]:
        done = subprocess.run([self.program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
        return done.stdout.splitlines(), done.stderr.strip()


def compare_zones(r: random.Random, probe: Probe, zones: list[str]) -> bool:
    """Every zone of the database, at its changes and at random times until 2260, both ways."""
    questions: list[str] = []
    expected: list[list[int] | list[str]] = []
    for zone in zones:
        tz = ZoneInfo(zone)
        times = [r.randint(-70 * YEAR, 290 * YEAR) for _ in range(60)]
        edges = changes(zone)
        for edge in r.sample(edges, min(len(edges), 30)):
            times += [edge - 1, edge, edge + r.randint(-90000, 90000)]
        questions.append("zone\t" + zone + "\t" + " ".join(map(str, times)))
        expected.append([int((wall(t, tz).utcoffset() or timedelta()).total_seconds()) for t in times])
        walls = [datetime.fromtimestamp(t + r.randint(-7200, 7200), UTC).replace(tzinfo=None) for t in times]
        walls += [wall(t, tz).replace(tzinfo=None) for t in times]
        questions.append("wall\t" + zone + "\t" + " ".join(str(int(w.replace(tzinfo=UTC).timestamp())) for w in walls))
        meanings = []
        for w in walls:
            found = instants(w, tz)
            first = found[0] if found else gap_end(w, tz)
            meanings.append(f"{(1, 0, 2)[len(found)]}:{first}:{found[-1] if found else first}")
        expected.append(meanings)
    answers, _ = probe.ask(questions)
    counts: Counter[str] = Counter()
    for question, answer, wanted in zip(questions, answers, expected, strict=True):
        got = answer.split()
        for g, want, t in zip(got, map(str, wanted), question.split("\t")[2].split(), strict=True):
            kind = question[:4] if question[0] == "z" else ("unique", "gap", "overlap")[int(want[0])]
            counts[kind] += 1
            if g != want:
                counts["different"] += 1
                if counts["different"] <= 10:
                    print(f"DIFFERENT {question.split(chr(9))[:2]} {t}: ours {g}, zoneinfo {want}")
    print(
        f"{len(zones)} zones: {counts['zone']} instants and {counts['unique']} unique, {counts['gap']} skipped, "
        f"{counts['overlap']} repeated wall times compared with zoneinfo, {counts['different']} different"
    )
    return counts["different"] == 0


def draw(r: random.Random, zones: list[str]) -> tuple[str, str, int]:
    zone = r.choice(zones)
    edge = r.random() < 1 / 3
    if edge and not changes(zone):
        zone = r.choice(
            ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "America/Santiago"]
        )
    if edge:
        start = r.choice(changes(zone)) + r.randint(-8 * 3600, 8 * 3600)
    elif r.random() < 1 / 3:
        start = r.randint(68 * YEAR, 130 * YEAR)
    else:
        start = r.randint(0, 68 * YEAR)
    return expression(r, edge), zone, start


def classes(text: str, zone: str, start: int) -> list[str]:
    out = ["5 fields" if len(text.split()) == 5 else "6 fields" if len(text.split()) == 6 else "other"]
    if "L" in text.upper().replace("JUL", ""):
        out.append("L")
    near = [c for c in changes(zone) if abs(c - start) <= 8 * 3600]
    if near:
        tz = ZoneInfo(zone)
        forward = wall(near[0], tz).utcoffset() > wall(near[0] - 1, tz).utcoffset()  # type: ignore[operator]
        out.append("clocks put forward" if forward else "clocks put back")
    if start >= 68 * YEAR:
        out.append("after 2037")
    return [*out, "all"]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--triples", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "dev")
    options.add_argument("--fixture", type=pathlib.Path)
    arguments = options.parse_args()
    r = random.Random(arguments.seed)
    probe = Probe(arguments.build)
    zones = sorted(z for z in available_timezones() if z not in ("localtime", "Factory") and "posix" not in z)
    good = compare_zones(r, probe, zones)

    triples = [draw(r, zones) for _ in range(arguments.triples)]
    answers, slowest = probe.ask([f"cron\t{t}\t{z}\t{s}\t{COUNT}" for t, z, s in triples])
    counts: dict[str, Counter[str]] = {}
    reasons: Counter[str] = Counter()
    kept: list[dict[str, object]] = []
    for (text, zone, start), answer in zip(triples, answers, strict=True):
        ours = None if answer.startswith("!") else [int(t) for t in answer.split()]
        ends = True
        try:
            theirs = by_cronsim(text, zone, start)
        except TooLongError:
            ends, theirs = False, None
        why = ""
        if ours is None or (theirs is None and ends):
            verdict = "rejected" if ours is None and theirs is None else "rejected by one"
        elif theirs is not None and ours == [int(t.timestamp()) for t in theirs]:
            verdict = "equal"
        else:
            why = reason(text, zone, start, ours, theirs)
            verdict = "documented" if why else "UNEXPLAINED"
            reasons[why or "UNEXPLAINED"] += 1
        if verdict in ("UNEXPLAINED", "rejected by one"):
            good = False
            if reasons["UNEXPLAINED"] + reasons["printed"] < 20:
                reasons["printed"] += 1
                print(f"{verdict}: '{text}' {zone} {start}: ours {ours or answer}, cronsim {theirs}")
        for name in classes(text, zone, start):
            counts.setdefault(name, Counter())[verdict] += 1
        if not ends:
            print(f"cronsim does not end: '{text}' {zone} {start}", flush=True)
        kept.append({"expression": text, "zone": zone, "start": start, "next": ours, "verdict": verdict, "why": why})

    names = ["equal", "documented", "UNEXPLAINED", "rejected", "rejected by one"]
    print(f"\n{'class':20}{'triples':>9}{'compared':>10}" + "".join(f"{n:>17}" for n in names))
    for name in ["5 fields", "6 fields", "other", "L", "clocks put forward", "clocks put back", "after 2037", "all"]:
        c = counts.get(name, Counter())
        compared = c["equal"] + c["documented"] + c["UNEXPLAINED"]
        print(f"{name:20}{sum(c.values()):>9}{compared:>10}" + "".join(f"{c[n]:>17}" for n in names))
    del reasons["printed"]
    for why, n in reasons.most_common():
        print(f"{n:>7} {why}")
    print(slowest)
    if arguments.fixture:
        write_fixture(r, arguments.fixture, kept)
    return 0 if good else 1


def write_fixture(r: random.Random, path: pathlib.Path, kept: list[dict[str, object]]) -> None:
    groups: dict[str, list[dict[str, object]]] = {}
    for one in kept:
        groups.setdefault(str(one["why"] or one["verdict"]), []).append(one)
    chosen = [
        one
        for name, group in groups.items()
        for one in r.sample(group, min(len(group), 250 if name == "equal" else 30))
    ]
    for one in chosen:
        tz = ZoneInfo(str(one["zone"]))
        times = [one["start"], *(one["next"] or [])]  # type: ignore[misc]
        one["offsets"] = [int((wall(int(t), tz).utcoffset() or timedelta()).total_seconds()) for t in times]  # type: ignore[call-overload]
    rows = ",\n".join(json.dumps(one) for one in chosen)
    path.write_text(f'{{"made_by": "tools/compare_cronsim.py, cronsim {CRONSIM}", "triples": [\n{rows}\n]}}\n')
    print(f"{len(chosen)} triples in {path}")


if __name__ == "__main__":
    with_cronsim()
    sys.exit(main())
