"""Functions as parts of an agent: @sensor, @policy and @actuator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from learningplane._core import (
    Actuator,
    Command,
    ConfigError,
    Decision,
    Frame,
    Observation,
    Outcome,
    Policy,
    Sensor,
    Window,
)


class FunctionSensor(Sensor):
    """A function as a sensor: takes a Window, gives whatever stands for a frame."""

    def __init__(self, function: Callable[[Window], Any], name: str) -> None:
        super().__init__()
        self.function = function
        self.name = name

    def do_read(self, window: Window) -> Frame:
        from learningplane._frames import to_frame

        return to_frame(self.function(window), name=self.name)

    def describe(self) -> str:
        return self.name


class FunctionPolicy(Policy):
    """A function as a policy: takes an Observation, gives a Decision."""

    def __init__(self, function: Callable[[Observation], Decision], name: str) -> None:
        super().__init__()
        self.function = function
        self.name = name

    def decide(self, observation: Observation) -> Decision:
        decision = self.function(observation)
        if not isinstance(decision, Decision):
            raise TypeError(f"the policy {self.name!r} gave {type(decision).__name__}, not a Decision")
        return decision

    def kind(self) -> str:
        return self.name


class FunctionActuator(Actuator):
    """A function as an actuator: takes a Command, gives an Outcome (None: done)."""

    def __init__(self, function: Callable[[Command], Outcome | None], name: str, delivery: str) -> None:
        super().__init__()
        if delivery not in ("at_least_once", "at_most_once"):
            raise ConfigError(f"delivery {delivery!r}; allowed: at_least_once, at_most_once")
        self.function = function
        self.name = name
        self._delivery = delivery

    def do_act(self, command: Command) -> Outcome:
        outcome = self.function(command)
        return Outcome("done") if outcome is None else outcome

    def do_plan(self, command: Command) -> Outcome:
        return Outcome("planned", f"would call {self.name} with {command.action!r}")

    def delivery(self) -> str:
        return self._delivery

    def describe(self) -> str:
        return self.name


def sensor(name: str) -> Callable[[Callable[[Window], Any]], FunctionSensor]:
    """Makes a sensor of a function of a window.

    >>> @sensor("load")
    ... def load(window):
    ...     return {"time": [window.begin], "load": [0.5]}
    """
    return lambda function: FunctionSensor(function, _name(name))


def policy(function: Callable[[Observation], Decision]) -> FunctionPolicy:
    """Makes a policy of a function of an observation.

    >>> @policy
    ... def stay(observation):
    ...     return Decision(Hold(), rule="stay", reason="never moves")
    """
    return FunctionPolicy(function, getattr(function, "__name__", "policy"))


def actuator(
    name: str, *, delivery: str = "at_most_once"
) -> Callable[[Callable[[Command], Outcome | None]], FunctionActuator]:
    """Makes an actuator of a function of a command; `delivery` says whether repeating does no harm.

    >>> @actuator("mail")
    ... def mail(command):
    ...     print(command.action, command.reason)
    """
    return lambda function: FunctionActuator(function, _name(name), delivery)


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise ConfigError('a name is needed, as in @sensor("load")')
    return name
