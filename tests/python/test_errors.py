"""One Python class for each C++ class of exception."""

import learningplane as lp
import pytest


def test_classes_are_also_builtin_ones() -> None:
    for cls in (lp.ConfigError, lp.LogicError, lp.FormatError):
        assert issubclass(cls, lp.Error)
    assert issubclass(lp.ConfigError, ValueError)
    assert issubclass(lp.FormatError, ValueError)
    assert issubclass(lp.LogicError, RuntimeError)


def test_config_error_names_key_value_and_what_is_allowed() -> None:
    with pytest.raises(lp.ConfigError, match=r"(?s)hysteresys.*hysteresis") as caught:
        lp.Placement(hysteresys=0.1)
    assert caught.value.code == "invalid_argument"


def test_failure_of_a_result_keeps_its_code() -> None:
    with pytest.raises(lp.Error) as caught:
        lp.read_csv("/nowhere/at/all.csv")
    assert type(caught.value) is lp.Error
    assert caught.value.code == "not_found"


def test_format_error_of_a_damaged_journal(tmp_path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"this is no database at all, but long enough to be taken for one" * 50)
    with pytest.raises(lp.FormatError):
        lp.read_journal(path)


def test_logic_error_of_an_unfitted_model() -> None:
    model = lp.LSTM(target="y")
    with pytest.raises(lp.NotFittedError) as caught:
        model.predict(1)
    assert isinstance(caught.value, (lp.LogicError, ValueError, AttributeError))
    core = lp._core.build_model("lstm", {"target": "y"})
    with pytest.raises(lp.LogicError):
        core.forecast(1)
