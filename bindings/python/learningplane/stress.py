"""A machine made to feel like a recorded one: profile a system, draw a schedule of load, run it, check it.

>>> import learningplane as lp
>>> profile = lp.stress.StressProfile(lp.Phases(k=4)).fit("usage.csv", by="pod", jobs="jobs.csv")  # doctest: +SKIP
>>> schedule = profile.generate("16h", speed=60, max_cores=2, max_bytes=600e6)  # doctest: +SKIP
>>> recording = schedule.run()                                                  # doctest: +SKIP
>>> profile.check(schedule, recording).plot()                                   # doctest: +SKIP
"""

from learningplane._stress import StressProfile, Workload, collect, read_alibaba_2017
from learningplane._stress_check import StressCheck
from learningplane._stress_schedule import StressRecording, StressSchedule

__all__ = [
    "StressCheck",
    "StressProfile",
    "StressRecording",
    "StressSchedule",
    "Workload",
    "collect",
    "read_alibaba_2017",
]
