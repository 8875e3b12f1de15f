"""A sensor of one's own in Python: a function of a window. As main.cpp, a solar panel, computed."""

import math
from datetime import datetime, timedelta, timezone

import learningplane as lp


@lp.sensor("solar")
def solar(window):
    times, watts = [], []
    t = window.begin
    while t < window.end:
        known = t.hour != 12  # unknown is not zero
        watts.append(350 * math.sin(math.pi * (t.hour - 6) / 12) if known else math.nan)
        times.append(t)
        t += window.step or timedelta(hours=1)
    return {"time": times, "power": watts}


begin = datetime(2026, 6, 21, 10, tzinfo=timezone.utc)
frame = solar.read(lp.Window(begin, begin + timedelta(hours=4)))
for time, watts in frame["power"].to_pandas().items():
    print(f"{time:%FT%TZ} power", "unknown" if math.isnan(watts) else f"{watts:.1f} W")
try:
    solar.read(lp.Window(datetime(2026, 6, 21), datetime(2026, 6, 22)))
except lp.ConfigError as problem:
    print("refused:", problem)
