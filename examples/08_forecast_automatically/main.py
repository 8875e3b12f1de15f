"""Lets the library choose: what it took and why, a forecast with its interval, a score, a file with its card."""

import tempfile
from pathlib import Path

import learningplane as lp

everything = lp.read_csv("../data/edge_sites.csv", label_columns=["site"])
edge = lp.resample(everything.where({"site": "cloud-1"}), "5m")
past = edge.slice(0, len(edge) - 12)

# [fit]
model = lp.Auto(target="node_cpu_share", horizon=12).fit(past)
print(model.report_.note)
# [/fit]

# [forecast]
forecast = model.predict(12, quantiles=[0.05, 0.95])
# [/forecast]
seen = edge.values("node_cpu_share")[len(past) :]
for i, row in enumerate(forecast.to_pandas().itertuples()):
    if i % 3 == 2:
        print(f"{row.Index:%FT%TZ}  forecast {row.mean:.2f} [{row[2]:.2f}, {row[3]:.2f}]  seen {seen[i]:.2f}")

# [evaluate]
found = lp.evaluate(["auto", "naive"], past, target="node_cpu_share", horizon=12, origins=24)
for name, score in found.card_scores()["models"].items():
    print(f"{name}: MAE {score['mae']:.3f}, {score['interval_coverage']:.0%} within the interval")
# [/evaluate]

# [card]
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "cpu.lpm"
    lp.save_model(model, path, trained_on="edge_sites.csv, cloud-1, without the last hour", scores=found)
    card = lp.read_card(path)
    print(f"{card.kind}, {card.rows} rows of {card.trained_on}")
    again = lp.load_model(path).forecast(12, [0.05, 0.95])
# [/card]
print("the loaded model says the same:", (again.mean == forecast.mean).all())
