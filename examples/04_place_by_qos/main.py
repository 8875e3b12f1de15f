"""The agent of agent.yaml, made of Python objects, over the same recorded telemetry."""

from collections import Counter

import learningplane as lp

telemetry = lp.read_csv("../data/edge_sites.csv", label_columns=["site"])
agent = lp.Agent(
    "planner",
    applications=["video-analytics"],
    sensors={"telemetry": lp.FrameSensor(telemetry)},
    models={
        "qos": lp.Ridge(
            target="qos", inputs=["node_cpu_share", "latency_seconds", "frames_per_second"], lags=10, horizon=10
        )
    },
    sites={site: {"labels": {"site": site}} for site in telemetry.label_values("site")},
    forecast={"horizon": 10, "aggregate": "mean", "history": "30m", "training": "24h"},
    policy=lp.Placement(constraint=0.6, on_infeasible="best", hysteresis=0.03, cooldown="10m"),
    schedules={
        "retrain": {"trigger": {"kind": "cron", "expression": "0 */6 * * *"}, "run": "train"},
        "watch_qos": {"trigger": {"kind": "interval", "every": "5m"}, "run": "decide"},
    },
)
agent.replay(telemetry)

decisions = agent.decisions()
print(f"{len(decisions)} decisions, {sum(d.acts for d in decisions)} moves")
for rule, count in sorted(Counter(d.rule for d in decisions).items()):
    print(f"{count:4} {rule}")
print("the last move:", next(d for d in reversed(decisions) if d.acts).reason)
