"""Policies that say how many instances, or how large, as objects with parameters, made from their manifests."""

from __future__ import annotations

import inspect
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

from learningplane._core import ConfigError, Policy, build_policy, list_policies

Self = TypeVar("Self", bound="InstancePolicy")

_NAMES = {"reactive_memory": "Memory", "predictive": "PredictiveScaling"}


class InstancePolicy:
    """A policy as an agent file would hold it: the constructor stores parameters, nothing else."""

    kind: str
    _defaults: dict[str, Any]

    def __init__(self, **parameters: Any) -> None:
        for name, default in self._defaults.items():
            setattr(self, name, default)
        self.set_params(**parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name."""
        return {name: getattr(self, name) for name in self._defaults}

    def set_params(self: Self, **parameters: Any) -> Self:
        """Sets parameters."""
        unknown = set(parameters) - set(self._defaults)
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no parameter {', '.join(sorted(unknown))}; it has {', '.join(self._defaults)}"
            )
        for name, value in parameters.items():
            setattr(self, name, value)
        return self

    def options(self) -> dict[str, Any]:
        """The mapping that an agent file or a policy file would hold: what differs from the defaults."""
        set_ = {k: _plain(v) for k, v in self.get_params().items() if v is not None and v != self._defaults[k]}
        return {"kind": self.kind, **set_}

    def build(self) -> Policy:
        """The policy itself, which decides: `policy.build().decide(lp.Observation(…))`."""
        options = {k: v for k, v in self.options().items() if k not in ("kind", "name", "forecasts")}
        return build_policy(self.kind, options)

    def __repr__(self) -> str:
        given = (f"{k}={v!r}" for k, v in self.options().items() if k != "kind")
        return f"{type(self).__name__}({', '.join(given)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InstancePolicy) and self.options() == other.options()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _new, (self.kind,), self.__dict__


class ScalingPolicy(InstancePolicy):
    """A policy that says how many instances.

    The same object goes to simulate(), tune() and an Agent. `name` is what it is called in results and `forecasts`
    ("none", "trace", "model") whom a simulation gets its forecast from; where not given both follow the kind.
    """


class SizingPolicy(InstancePolicy):
    """A policy that says how large an instance is.

    The same object goes to size() and an Agent. `name` is what it is called in results; where not given it follows the kind.
    """


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.6f}s"
    return str(value) if hasattr(value, "__fspath__") else value


@cache
def make_policy(kind: str) -> type[Any]:
    """The class of a registered policy of instances (ScalingPolicy) or of their sizes (SizingPolicy); its constructor has
    the manifest's parameters."""
    scaling, sizing = scaling_manifests(), sizing_manifests()
    manifest = scaling.get(kind) or sizing.get(kind)
    if manifest is None:
        raise ConfigError(f"there is no such policy {kind!r}; there are {', '.join(sorted({**scaling, **sizing}))}")
    base: type[InstancePolicy] = ScalingPolicy if kind in scaling else SizingPolicy
    named = {"name": None, "forecasts": None} if kind in scaling else {"name": None}
    defaults = {p["name"]: p.get("default") for p in manifest["parameters"]}
    lines = [f"    {p['name']}: {p['summary']}" for p in manifest["parameters"]]
    doc = "\n".join([f"{manifest['summary']}.", "", "Parameters", *lines])
    members = {
        "kind": kind, "_defaults": {**defaults, **named},
        "__doc__": doc, "__module__": "learningplane",
    }  # fmt: skip
    cls: type[InstancePolicy] = type(class_name(kind), (base,), members)
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter(n, keyword, default=d) for n, d in cls._defaults.items()]
    cls.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return cls


def class_name(kind: str) -> str:
    """What the class of a kind is called."""
    return _NAMES.get(kind) or "".join(word.capitalize() for word in kind.split("_"))


def scaling_manifests() -> dict[str, dict[str, Any]]:
    """Of the policies that say how many instances: those that take limits."""
    every: dict[str, dict[str, Any]] = list_policies()
    return {k: m for k, m in every.items() if {"minimum", "maximum"} <= {p["name"] for p in m["parameters"]}}


def sizing_manifests() -> dict[str, dict[str, Any]]:
    """Of the policies that say how large an instance is: those that take the limits of sizes."""
    every: dict[str, dict[str, Any]] = list_policies()
    return {k: m for k, m in every.items() if {"manage", "memory_bump"} <= {p["name"] for p in m["parameters"]}}


@cache
def policies() -> dict[str, type[Any]]:
    """Every class by its name."""
    return {class_name(kind): make_policy(kind) for kind in (*scaling_manifests(), *sizing_manifests())}


def _new(kind: str) -> Any:
    return make_policy(kind)()
