"""From a recorded workload to a scaling policy: what each would have meant, why this many, what if."""

import learningplane as lp

# [trace]
rooms = lp.operating_rooms(seed=1, weeks=3)  # or a pandas Series, or the path of a CSV
capacity = lp.Capacity.read("latency.csv")
print(f"one instance carries {capacity.most_streams()} streams below 22 ms at p95")
# [/trace]

# [simulate]
ours = lp.Hybrid(startup="5m", calm="30m", maximum=6, name="ours")
result = lp.simulate(
    rooms,
    latency="latency.csv",
    policies=["vanilla", "hpa", "hybrid", ours, "oracle"],
    startup_slots=5,
    seed=1,
)
print(result.table[["events", "above_22", "instance_minutes", "max_instances"]].round(3))
# [/simulate]

# [why]
first = result.events("ours").iloc[0]
print(result.explain("ours", first["slot"]))
# [/why]

# [whatif]
table = lp.what_if(rooms, {"startup_slots": [0, 5, 10]}, latency=capacity, policies=["hpa", ours], exact=True)
print(table[["events", "above_22", "instance_minutes"]].round(3))
# [/whatif]

# [plot]
figure = result.plot(["hpa", "ours"], begin="2024-01-09", end="2024-01-10")
# [/plot]
figure.savefig("day.png")

rooms.to_pandas()[: 2 * 7 * 24 * 60].to_csv("load.csv")  # two weeks for the agent file's replay
