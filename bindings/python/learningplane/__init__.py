"""Watches applications, forecasts how they will behave, and tells an orchestrator to act in time.

>>> import learningplane as lp
>>> frame = lp.read_csv("telemetry.csv", label_columns=["cluster"])      # doctest: +SKIP
>>> model = lp.SeasonalNaive(target="qos").fit(frame.where({"cluster": "edge-1"}))  # doctest: +SKIP
>>> model.predict(20).plot()                                             # doctest: +SKIP
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

try:
    from learningplane._core import (
        Actuator,
        Candidate,
        Capacity,
        CellFlag,
        Column,
        Command,
        ConfigError,
        Considered,
        Decision,
        Error,
        FitReport,
        Forecast,
        Forecaster,
        FormatError,
        Frame,
        FrameSensor,
        Hold,
        LogicError,
        ModelCard,
        ModelStore,
        Observation,
        Outcome,
        Place,
        Placement,
        Policy,
        Prewarm,
        Quantity,
        RecordingActuator,
        Resize,
        Scale,
        ScalingInput,
        Sensor,
        Series,
        Trigger,
        Window,
        __version__,
        agent_schema,
        build_actuator,
        build_policy,
        build_sensor,
        build_trigger,
        clean,
        concat,
        join,
        list_actuators,
        list_cleaning_steps,
        list_models,
        list_policies,
        list_sensors,
        list_triggers,
        load_model,
        operating_rooms,
        read_card,
        read_csv,
        read_journal,
        resample,
        save_model,
        series_of,
        write_csv,
    )
except ImportError as problem:  # pragma: no cover
    raise ImportError(
        f"learningplane's compiled part cannot be loaded ({problem}). "
        "Install the wheel for this Python: `pip install .` in the source tree, or tools/quickstart."
    ) from problem

from learningplane._agent import Agent
from learningplane._attach import attach
from learningplane._parts import actuator, policy, sensor

if TYPE_CHECKING:
    from learningplane import stress as stress
    from learningplane._estimators import NotFittedError
    from learningplane._explain import Explanation, explain, reduce_detector
    from learningplane._frames import to_frame
    from learningplane._generate import evaluate, make_estimator
    from learningplane._many import FittedMany, backtest_many, fit_many, forecast_many, load_many
    from learningplane._many_search import search_many
    from learningplane._next_phase import NextPhase
    from learningplane._phases import Phases
    from learningplane._policies import ScalingPolicy, SizingPolicy, make_policy
    from learningplane._simulate import simulate, what_if
    from learningplane._simulation import SimulationResult
    from learningplane._size import SizingResult, fit_phase_sizes, size
    from learningplane._tune import Tuning, tune
    from learningplane.sklearn import LSTMRegressor as LSTMRegressor

logging.getLogger("learningplane").addHandler(logging.NullHandler())
attach()

__all__ = [
    "Actuator",
    "Agent",
    "Candidate",
    "Capacity",
    "CellFlag",
    "Column",
    "Command",
    "ConfigError",
    "Considered",
    "Decision",
    "Error",
    "Explanation",
    "FitReport",
    "FittedMany",
    "Forecast",
    "Forecaster",
    "FormatError",
    "Frame",
    "FrameSensor",
    "Hold",
    "LogicError",
    "ModelCard",
    "ModelStore",
    "NextPhase",
    "NotFittedError",
    "Observation",
    "Outcome",
    "Phases",
    "Place",
    "Placement",
    "Policy",
    "Prewarm",
    "Quantity",
    "RecordingActuator",
    "Resize",
    "Scale",
    "ScalingInput",
    "ScalingPolicy",
    "Sensor",
    "Series",
    "SimulationResult",
    "SizingPolicy",
    "SizingResult",
    "Trigger",
    "Tuning",
    "Window",
    "__version__",
    "actuator",
    "agent_schema",
    "backtest_many",
    "build_actuator",
    "build_policy",
    "build_sensor",
    "build_trigger",
    "clean",
    "concat",
    "evaluate",
    "explain",
    "fit_many",
    "fit_phase_sizes",
    "forecast_many",
    "join",
    "list_actuators",
    "list_cleaning_steps",
    "list_models",
    "list_policies",
    "list_sensors",
    "list_triggers",
    "load_many",
    "load_model",
    "make_estimator",
    "make_policy",
    "operating_rooms",
    "policy",
    "read_card",
    "read_csv",
    "read_journal",
    "reduce_detector",
    "resample",
    "save_model",
    "search_many",
    "sensor",
    "series_of",
    "simulate",
    "size",
    "stress",
    "to_frame",
    "tune",
    "what_if",
    "write_csv",
]


# What needs NumPy or more is imported when it is first asked for: the command needs none of it.
_LATE = {
    "Explanation": "_explain",
    "FittedMany": "_many",
    "NextPhase": "_next_phase",
    "NotFittedError": "_estimators",
    "backtest_many": "_many",
    "Phases": "_phases",
    "evaluate": "_generate",
    "explain": "_explain",
    "fit_many": "_many",
    "forecast_many": "_many",
    "load_many": "_many",
    "make_estimator": "_generate",
    "reduce_detector": "_explain",
    "ScalingPolicy": "_policies",
    "SimulationResult": "_simulation",
    "SizingPolicy": "_policies",
    "SizingResult": "_size",
    "Tuning": "_tune",
    "fit_phase_sizes": "_size",
    "make_policy": "_policies",
    "search_many": "_many_search",
    "simulate": "_simulate",
    "size": "_size",
    "to_frame": "_frames",
    "tune": "_tune",
    "what_if": "_simulate",
    "LSTMRegressor": "sklearn",
}


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    if name == "stress":
        return importlib.import_module("learningplane.stress")
    if name in _LATE:
        return getattr(importlib.import_module(f"learningplane.{_LATE[name]}"), name)
    policy_class = importlib.import_module("learningplane._policies").policies().get(name)
    if policy_class is not None:
        return policy_class
    found = importlib.import_module("learningplane._generate").estimators().get(name)
    if found is None:
        raise AttributeError(f"module 'learningplane' has no attribute {name!r}")
    return found


def __dir__() -> list[str]:
    estimators = importlib.import_module("learningplane._generate").estimators()
    scaling = importlib.import_module("learningplane._policies").policies()
    return sorted({*globals(), *_LATE, "stress", *estimators, *scaling})
