"""Policies and actuators, ours and Python's."""

from datetime import datetime, timezone

import learningplane as lp
import pytest

NOW = datetime(2026, 1, 5, tzinfo=timezone.utc)


def observe(**forecasts: float | None) -> lp.Observation:
    candidates = [lp.Candidate(n, v) for n, v in forecasts.items()]
    return lp.Observation(at=NOW, application="web", current="a", candidates=candidates)


def test_placement_takes_the_highest_forecast_and_says_why() -> None:
    decision = lp.Placement(hysteresis=0.02).decide(observe(a=0.5, b=0.8))
    assert decision.action == lp.Place("b")
    assert decision.rule == "highest_forecast"
    assert "0.8" in decision.explain()
    assert lp.Decision.from_dict(decision.to_dict()).action == lp.Place("b")


def test_unknown_is_never_zero() -> None:
    decision = lp.Placement().decide(observe(a=None, b=None))
    assert decision.action == lp.Hold()
    assert not decision.acts
    assert decision.rule == "unknown_data"


def test_a_function_as_a_policy() -> None:
    @lp.policy
    def always_b(observation: lp.Observation) -> lp.Decision:
        return lp.Decision(lp.Place("b"), rule="always_b", reason="b is nice")

    assert always_b.decide(observe(a=1.0)).action == lp.Place("b")

    @lp.policy
    def broken(observation):
        return 3

    with pytest.raises(lp.Error, match="not a Decision"):
        lp._core.Policy.decide(_through_cpp(broken), observe(a=1.0))


def _through_cpp(policy: lp.Policy) -> lp.Policy:
    """An agent asks through C++; here the check is that Python's own mistake is told as such."""

    class Outer(lp.Policy):
        def decide(self, observation):
            try:
                return policy.decide(observation)
            except TypeError as problem:
                raise lp.Error(str(problem)) from None

    return Outer()


def test_recording_actuator_remembers() -> None:
    recording = lp.RecordingActuator()
    command = lp.Command(id="1", application="web", action=lp.Place("b"), at=NOW)
    assert recording.act(command, dry_run=True).status == "planned"
    assert recording.commands == []
    assert recording.act(command).status == "done"
    assert recording.current_site("web") == "b"
    assert [c.id for c in recording.commands] == ["1"]
    assert recording.probe(command).status in ("done", "unknown")


def test_a_function_as_an_actuator() -> None:
    seen = []

    @lp.actuator("mail", delivery="at_least_once")
    def mail(command: lp.Command) -> None:
        seen.append(command.action)

    command = lp.Command(id="1", application="web", action=lp.Scale(3), at=NOW)
    assert mail.act(command, dry_run=True).status == "planned"
    assert seen == []
    assert mail.act(command).status == "done"
    assert seen == [lp.Scale(3)]
    assert mail.delivery() == "at_least_once"


def test_what_an_actuator_raises_becomes_an_unknown_outcome() -> None:
    @lp.actuator("broken")
    def broken(command: lp.Command) -> None:
        raise OSError("the line is dead")

    command = lp.Command(id="1", application="web", action=lp.Scale(3), at=NOW)
    outcome = broken.act(command)
    assert outcome.status == "unknown"
    assert "the line is dead" in outcome.message
    assert not outcome.in_effect
    assert broken.act(lp.Command(id="2", application="web", action=lp.Hold(), at=NOW)).status == "already_done"


def test_triggers_are_built_by_name() -> None:
    hourly = lp.build_trigger({"kind": "cron", "expression": "0 * * * *"})
    assert hourly.next(NOW) == datetime(2026, 1, 5, 1, tzinfo=timezone.utc)
    assert hourly.describe() == "cron[0 * * * *]"
    with pytest.raises(lp.ConfigError):
        lp.build_trigger({"kind": "cron", "expression": "61 * * * *"})
