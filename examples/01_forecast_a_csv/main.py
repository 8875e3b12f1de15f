"""Reads a CSV, learns from all but its last hour, and says that hour."""

import learningplane as lp

everything = lp.read_csv("../data/edge_sites.csv", label_columns=["site"])
edge = lp.resample(everything.where({"site": "cloud-1"}), "5m")
past = edge.slice(0, len(edge) - 12)

model = lp.Ridge(target="node_cpu_share", lags=36).fit(past)

forecast = model.predict(12, quantiles=[0.05, 0.95])
seen = edge.values("node_cpu_share")[len(past) :]
for i, row in enumerate(forecast.to_pandas().itertuples()):
    if i % 3 == 0:
        print(f"{row.Index:%FT%TZ}  forecast {row.mean:.2f} [{row[2]:.2f}, {row[3]:.2f}]  seen {seen[i]:.2f}")
