"""A model of one's own in Python: the mean of each hour of the day, as main.cpp."""

import math

import learningplane as lp
import numpy as np

HOUR = 3_600_000_000_000


def hour_of_day(ns):
    return ns // HOUR % 24


class HourlyMean(lp.Forecaster):
    def __init__(self, target):
        super().__init__()
        self.target, self.mean, self.last = target, None, 0

    def fit(self, data):
        values, hours = data.values(self.target), hour_of_day(data.times_ns)
        self.mean = np.array([np.nanmean(values[hours == h]) for h in range(24)])
        self.last = int(data.times_ns[-1])
        return lp.FitReport(len(data), "one mean for each hour of the day")

    def update(self, data):
        self.last = max(self.last, int(data.times_ns[-1]))

    def is_fitted(self):
        return self.mean is not None

    def forecast(self, horizon, levels=()):
        times = [self.last + (i + 1) * HOUR for i in range(horizon)]
        return lp.Forecast(self.target, "hourly_mean", times, [self.mean[hour_of_day(t)] for t in times])

    def save(self):
        return {"attributes": {"last_ns": self.last}, "tensors": {"mean": self.mean}}

    def load(self, state):
        self.mean, self.last = state["tensors"]["mean"], state["attributes"]["last_ns"]


begin = 1_767_571_200_000_000_000  # 2026-01-05
load = [50 + 40 * math.sin(h % 24 / 24 * 2 * math.pi) + h // 24 for h in range(72)]
frame = lp.Frame.from_numpy(begin + np.arange(72) * HOUR, {"load": np.array(load)})
model, copy = HourlyMean("load"), HourlyMean("load")
print(model.fit(frame).note)
copy.load(model.save())
for time, row in copy.forecast(3).to_pandas().iterrows():
    print(f"{time:%FT%TZ} {row['mean']:.2f}")
