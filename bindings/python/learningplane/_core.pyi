"""
The C++ library as Python sees it; import learningplane instead.
"""
from __future__ import annotations
import collections.abc
import datetime
from learningplane import ConfigError
from learningplane import Error
from learningplane import FormatError
from learningplane import LogicError
import numpy
import numpy.typing
import typing
__all__: list[str] = ['Actuator', 'AgentHost', 'Candidate', 'CellFlag', 'Column', 'Command', 'ConfigError', 'Considered', 'Decision', 'Error', 'FitReport', 'Forecast', 'Forecaster', 'FormatError', 'Frame', 'FrameSensor', 'Hold', 'LogicError', 'Lstm', 'Observation', 'Outcome', 'Place', 'Placement', 'Policy', 'Prewarm', 'Quantity', 'RecordingActuator', 'Resize', 'Scale', 'Sensor', 'Series', 'Trigger', 'Window', 'agent_schema', 'build_actuator', 'build_model', 'build_policy', 'build_sensor', 'build_trigger', 'clean', 'cli_main', 'concat', 'join', 'list_actuators', 'list_cleaning_steps', 'list_models', 'list_policies', 'list_sensors', 'list_triggers', 'read_csv', 'read_journal', 'resample', 'series_of', 'time_ns', 'write_csv']
class CellFlag:
    """
    Why a cell holds what it holds.
    
    Members:
    
      observed
    
      imputed
    
      absent
    
      not_a_number
    
      infinite
    
      stale
    
      failed
    """
    __members__: typing.ClassVar[dict[str, CellFlag]]
    absent: typing.ClassVar[CellFlag]
    failed: typing.ClassVar[CellFlag]
    imputed: typing.ClassVar[CellFlag]
    infinite: typing.ClassVar[CellFlag]
    not_a_number: typing.ClassVar[CellFlag]
    observed: typing.ClassVar[CellFlag]
    stale: typing.ClassVar[CellFlag]
    @typing.overload
    def __eq__(self, other: CellFlag) -> bool:
        ...
    @typing.overload
    def __eq__(self, other: typing.Any) -> bool:
        ...
    def __getstate__(self) -> int:
        ...
    def __hash__(self) -> int:
        ...
    def __index__(self) -> int:
        ...
    def __init__(self, value: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def __int__(self) -> int:
        ...
    @typing.overload
    def __ne__(self, other: CellFlag) -> bool:
        ...
    @typing.overload
    def __ne__(self, other: typing.Any) -> bool:
        ...
    def __repr__(self) -> str:
        ...
    def __setstate__(self, state: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def __str__(self) -> str:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def value(self) -> int:
        ...
class Column:
    """
    One named series on a frame's time stamps.
    """
    def __init__(self, name: str, values: numpy.ndarray, *, labels: dict[str, str] = {}, unit: str = '', flags: typing.Any = None) -> None:
        """
        Contiguous float64 values are shared, not copied: leave them unchanged afterwards.
        """
    def __len__(self) -> int:
        ...
    def __repr__(self) -> str:
        ...
    @property
    def flags(self) -> numpy.typing.NDArray[numpy.uint8]:
        """
        One CellFlag number for each cell, read-only.
        """
    @property
    def id(self) -> str:
        """
        name{labels}
        """
    @property
    def labels(self) -> dict[str, str]:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def unit(self) -> str:
        ...
    @property
    def values(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        A read-only view, NaN where unknown.
        """
class Frame:
    """
    Columns over shared, strictly increasing UTC time stamps; immutable.
    """
    @staticmethod
    def __getitem__(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        The named column as a Series.
        """
    @staticmethod
    def _repr_html_(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        For notebooks.
        """
    @staticmethod
    def from_numpy(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        From times (int64 UTC nanoseconds, or datetime64 with `zone`) and columns.
        """
    @staticmethod
    def from_pandas(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        From a pandas object, a mapping or a pair (times, values); see to_frame().
        """
    @staticmethod
    def plot(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        Draws onto `ax` (a new one where None); returns the Axes.
        """
    @staticmethod
    def to_pandas(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        A DataFrame on the same memory, times in UTC.
        """
    def __init__(self, times_ns: numpy.ndarray, columns: collections.abc.Sequence[Column]) -> None:
        """
        From nanoseconds since 1970 UTC (int64, shared where contiguous) and columns.
        """
    def __len__(self) -> int:
        ...
    def __repr__(self) -> str:
        ...
    def between(self, begin: datetime.datetime, end: datetime.datetime) -> Frame:
        """
        begin <= time < end
        """
    def column(self, name: str, labels: dict[str, str] = {}) -> Column:
        ...
    def flags(self, name: str, labels: dict[str, str] = {}) -> numpy.typing.NDArray[numpy.uint8]:
        """
        CellFlag numbers of one column.
        """
    def label_values(self, label: str) -> list[str]:
        ...
    def select(self, names: collections.abc.Sequence[str]) -> Frame:
        ...
    def slice(self, first: typing.SupportsInt | typing.SupportsIndex, count: typing.SupportsInt | typing.SupportsIndex) -> Frame:
        ...
    def values(self, name: str, labels: dict[str, str] = {}) -> numpy.typing.NDArray[numpy.float64]:
        """
        A read-only view of one column.
        """
    def where(self, labels: dict[str, str]) -> Frame:
        """
        Columns whose labels contain these.
        """
    def with_column(self, column: Column) -> Frame:
        """
        The same with one more column, or with one replaced.
        """
    @property
    def columns(self) -> list[Column]:
        ...
    @property
    def empty(self) -> bool:
        ...
    @property
    def imputed_share(self) -> float:
        ...
    @property
    def names(self) -> list[str]:
        ...
    @property
    def rows(self) -> int:
        ...
    @property
    def step(self) -> datetime.timedelta:
        """
        The most frequent distance of two rows.
        """
    @property
    def times_ns(self) -> numpy.typing.NDArray[numpy.int64]:
        """
        Nanoseconds since 1970 UTC, a read-only view.
        """
    @property
    def unknown_share(self) -> float:
        ...
class Series:
    """
    One column with its time stamps.
    """
    @staticmethod
    def _repr_html_(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        For notebooks.
        """
    @staticmethod
    def from_pandas(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        From a pandas Series.
        """
    @staticmethod
    def plot(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        Draws onto `ax` (a new one where None); returns the Axes.
        """
    @staticmethod
    def to_pandas(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        A pandas Series on the same memory.
        """
    def __init__(self, times_ns: numpy.ndarray, column: Column) -> None:
        ...
    def __len__(self) -> int:
        ...
    def __repr__(self) -> str:
        ...
    def to_frame(self) -> Frame:
        ...
    @property
    def column(self) -> Column:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def times_ns(self) -> numpy.typing.NDArray[numpy.int64]:
        ...
    @property
    def values(self) -> numpy.typing.NDArray[numpy.float64]:
        ...
class Window:
    """
    The time asked for: begin <= t < end.
    """
    def __init__(self, begin: datetime.datetime, end: datetime.datetime, step: datetime.timedelta = ...) -> None:
        ...
    def __repr__(self) -> str:
        ...
    @property
    def begin(self) -> datetime.datetime:
        ...
    @property
    def end(self) -> datetime.datetime:
        ...
    @property
    def step(self) -> datetime.timedelta:
        """
        Zero: the source's own sampling.
        """
class Sensor:
    """
    Whatever can be observed. Subclasses define do_read(window) and describe().
    """
    def __init__(self) -> None:
        ...
    def describe(self) -> str:
        ...
    def read(self, window: Window) -> Frame:
        ...
class FrameSensor(Sensor):
    """
    A frame as a sensor.
    """
    def __init__(self, data: typing.Any, name: str = 'frame') -> None:
        ...
class Forecast:
    """
    Mean and quantiles of the coming steps.
    """
    @staticmethod
    def _repr_html_(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        For notebooks.
        """
    @staticmethod
    def plot(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        Draws onto `ax` (a new one where None); returns the Axes.
        """
    @staticmethod
    def to_pandas(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        One row a step: mean and quantiles.
        """
    def __init__(self, target: str, model: str, times_ns: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], mean: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex]) -> None:
        ...
    def __len__(self) -> int:
        ...
    def __repr__(self) -> str:
        ...
    def with_quantiles(self, levels: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex], quantiles: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> Forecast:
        ...
    @property
    def imputed_share(self) -> float:
        ...
    @property
    def levels(self) -> list[float]:
        ...
    @property
    def mean(self) -> numpy.typing.NDArray[numpy.float64]:
        ...
    @property
    def model(self) -> str:
        ...
    @property
    def quantiles(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Steps by levels.
        """
    @property
    def target(self) -> str:
        ...
    @property
    def times_ns(self) -> numpy.typing.NDArray[numpy.int64]:
        ...
class FitReport:
    """
    What a fit did.
    """
    def __init__(self, rows: typing.SupportsInt | typing.SupportsIndex = 0, note: str = '') -> None:
        ...
    def __repr__(self) -> str:
        ...
    @property
    def epochs(self) -> int:
        ...
    @property
    def note(self) -> str:
        ...
    @property
    def rows(self) -> int:
        ...
    @property
    def train_loss(self) -> float:
        ...
    @property
    def validation_loss(self) -> float:
        ...
class Forecaster:
    """
    A model of a series' future. Subclasses define kind, fit, update, fitted, save, load and forecast.
    """
    @staticmethod
    def _repr_html_(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        For notebooks.
        """
    def __init__(self) -> None:
        ...
    def fit(self, data: typing.Any) -> FitReport:
        ...
    def forecast(self, horizon: typing.SupportsInt | typing.SupportsIndex, levels: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex] = []) -> Forecast:
        ...
    def load(self, state: dict) -> None:
        ...
    def save(self) -> dict:
        """
        The fitted model as {"attributes": …, "tensors": {name: array}}.
        """
    def update(self, data: typing.Any) -> None:
        ...
    @property
    def fitted(self) -> bool:
        ...
    @property
    def kind(self) -> str:
        ...
class Lstm(Forecaster):
    """
    LSTM forecaster; options as in list_models().
    """
    def __init__(self, **kwargs) -> None:
        ...
    def fit_windows(self, x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64], y: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> FitReport:
        """
        Windows (count, lags, columns) and their targets (count).
        """
    def predict_windows(self, x: typing.Annotated[numpy.typing.ArrayLike, numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
        ...
    @property
    def columns(self) -> list[str]:
        ...
class Hold:
    """
    Leave everything as it is.
    """
    def __eq__(self, arg0: Hold) -> bool:
        ...
    def __hash__(self) -> int:
        ...
    def __init__(self) -> None:
        ...
    def __repr__(self) -> str:
        ...
class Place:
    """
    Run the application on this site.
    """
    def __eq__(self, arg0: Place) -> bool:
        ...
    def __hash__(self) -> int:
        ...
    def __init__(self, site: str) -> None:
        ...
    def __repr__(self) -> str:
        ...
    @property
    def site(self) -> str:
        ...
class Scale:
    """
    Run this many instances.
    """
    def __eq__(self, arg0: Scale) -> bool:
        ...
    def __hash__(self) -> int:
        ...
    def __init__(self, replicas: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    def __repr__(self) -> str:
        ...
    @property
    def replicas(self) -> int:
        ...
class Resize:
    """
    Give each instance these resources: cores and bytes.
    """
    def __eq__(self, arg0: Resize) -> bool:
        ...
    def __hash__(self) -> int:
        ...
    def __init__(self, cpu_cores: typing.SupportsFloat | typing.SupportsIndex, memory_bytes: typing.SupportsFloat | typing.SupportsIndex) -> None:
        ...
    @property
    def cpu_cores(self) -> float:
        ...
    @property
    def memory_bytes(self) -> float:
        ...
class Prewarm:
    """
    Start this many instances ahead of need.
    """
    def __eq__(self, arg0: Prewarm) -> bool:
        ...
    def __hash__(self) -> int:
        ...
    def __init__(self, instances: typing.SupportsInt | typing.SupportsIndex) -> None:
        ...
    @property
    def instances(self) -> int:
        ...
class Quantity:
    """
    A number, or the reason why it is not known.
    """
    def __init__(self, value: typing.SupportsFloat | typing.SupportsIndex | None = None, imputed_share: typing.SupportsFloat | typing.SupportsIndex = 0.0, detail: str = '') -> None:
        ...
    def __repr__(self) -> str:
        ...
    @property
    def detail(self) -> str:
        ...
    @property
    def imputed_share(self) -> float:
        ...
    @property
    def known(self) -> bool:
        ...
    @property
    def unknown(self) -> str:
        ...
    @property
    def value(self) -> float:
        """
        NaN where not known.
        """
class Considered:
    """
    What was known of one choice.
    """
    def __init__(self, name: str, value: Quantity, feasible: bool = False, note: str = '') -> None:
        ...
    @property
    def feasible(self) -> bool:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def note(self) -> str:
        ...
    @property
    def value(self) -> Quantity:
        ...
class Decision:
    """
    What to do and why.
    """
    @staticmethod
    def _repr_html_(*args: typing.Any, **options: typing.Any) -> typing.Any:
        """
        For notebooks.
        """
    @staticmethod
    def from_dict(tree: typing.Any) -> Decision:
        ...
    def __init__(self, action: Hold | Place | Scale | Resize | Prewarm, *, rule: str = '', reason: str = '', application: str = '', considered: collections.abc.Sequence[Considered] = [], details: typing.Any = None) -> None:
        ...
    def __repr__(self) -> str:
        ...
    def explain(self) -> str:
        ...
    def to_dict(self) -> typing.Any:
        ...
    @property
    def action(self) -> Hold | Place | Scale | Resize | Prewarm:
        ...
    @property
    def acts(self) -> bool:
        ...
    @property
    def application(self) -> str:
        ...
    @property
    def considered(self) -> list[Considered]:
        ...
    @property
    def details(self) -> typing.Any:
        ...
    @property
    def reason(self) -> str:
        ...
    @property
    def rule(self) -> str:
        ...
class Candidate:
    """
    One choice with what is forecast for it.
    """
    def __init__(self, name: str, forecast: typing.Any) -> None:
        """
        `forecast`: a number, a Quantity, or None where it is not known.
        """
    @property
    def forecast(self) -> Quantity:
        ...
    @property
    def name(self) -> str:
        ...
class Observation:
    """
    Everything a policy may look at.
    """
    def __init__(self, *, at: datetime.datetime, application: str, current: str = '', candidates: collections.abc.Sequence[Candidate] = [], last_change: datetime.datetime | None = None) -> None:
        ...
    @property
    def application(self) -> str:
        ...
    @property
    def at(self) -> datetime.datetime:
        ...
    @property
    def candidates(self) -> list[Candidate]:
        ...
    @property
    def current(self) -> str:
        ...
    @property
    def last_change(self) -> datetime.datetime | None:
        ...
class Policy:
    """
    Turns an observation into a decision. Subclasses define decide(observation).
    """
    def __init__(self) -> None:
        ...
    def decide(self, observation: Observation) -> Decision:
        ...
    def kind(self) -> str:
        ...
class Placement(Policy):
    """
    The site with the highest forecast, with constraint, hysteresis and cool-down; options as in list_policies().
    """
    def __init__(self, **kwargs) -> None:
        ...
class Command:
    """
    A decision on its way to an orchestrator.
    """
    def __init__(self, *, id: str, application: str, action: Hold | Place | Scale | Resize | Prewarm, at: datetime.datetime, reason: str = '') -> None:
        ...
    @property
    def action(self) -> Hold | Place | Scale | Resize | Prewarm:
        ...
    @property
    def application(self) -> str:
        ...
    @property
    def at(self) -> datetime.datetime:
        ...
    @property
    def id(self) -> str:
        ...
    @property
    def reason(self) -> str:
        ...
class Outcome:
    """
    What became of a command.
    """
    def __init__(self, status: str = 'done', message: str = '', *, detail: typing.Any = None, attempts: typing.SupportsInt | typing.SupportsIndex = 1) -> None:
        ...
    def __repr__(self) -> str:
        ...
    @property
    def attempts(self) -> int:
        ...
    @property
    def detail(self) -> typing.Any:
        ...
    @property
    def in_effect(self) -> bool:
        ...
    @property
    def message(self) -> str:
        ...
    @property
    def status(self) -> str:
        ...
class Actuator:
    """
    Carries decisions out. Subclasses define do_act(command), do_plan(command), describe() and, where repeating does no harm, delivery() -> "at_least_once".
    """
    def __init__(self) -> None:
        ...
    def act(self, command: Command, *, dry_run: bool = False) -> Outcome:
        ...
    def current_site(self, application: str) -> str:
        ...
    def delivery(self) -> str:
        ...
    def describe(self) -> str:
        ...
    def probe(self, command: Command) -> Outcome:
        ...
class RecordingActuator(Actuator):
    """
    Keeps what it is told instead of doing it.
    """
    def __init__(self, delivery: str = 'at_least_once') -> None:
        ...
    def set_site(self, application: str, site: str) -> None:
        ...
    @property
    def commands(self) -> list[Command]:
        ...
class Trigger:
    """
    Says when. Subclasses define next(after) and describe().
    """
    def __init__(self) -> None:
        ...
    def __repr__(self) -> str:
        ...
    def describe(self) -> str:
        ...
    def next(self, after: datetime.datetime) -> datetime.datetime | None:
        """
        The first time strictly after, or None.
        """
class AgentHost:
    @staticmethod
    def from_file(path: str, parts: dict) -> AgentHost:
        ...
    def __init__(self, tree: typing.Any, parts: dict, base_dir: str = '') -> None:
        ...
    def journal(self, kind: str = '', decision_id: str = '', limit: typing.SupportsInt | typing.SupportsIndex = 100000) -> list:
        ...
    def keep_in(self, folder: str) -> None:
        ...
    def replay(self, data: typing.Any) -> None:
        ...
    def report(self) -> typing.Any:
        ...
    def report_html(self) -> str:
        ...
    def run(self, duration: datetime.timedelta | None = None) -> None:
        ...
    def run_once(self, at: datetime.datetime | None = None) -> None:
        ...
    def set_dry_run(self) -> None:
        ...
    @property
    def name(self) -> str:
        ...
def agent_schema() -> typing.Any:
    """
    JSON Schema of the agent file.
    """
def build_actuator(kind: str, options: typing.Any = None) -> Actuator:
    ...
def build_model(kind: str, options: typing.Any = None) -> Forecaster:
    ...
def build_policy(kind: str, options: typing.Any = None) -> Policy:
    ...
def build_sensor(kind: str, options: typing.Any = None) -> Sensor:
    ...
def build_trigger(options: typing.Any, *, timezone: str = 'UTC') -> Trigger:
    """
    >>> build_trigger({"kind": "cron", "expression": "0 * * * *"}).describe()
    'cron[0 * * * *]'
    """
def clean(data: typing.Any, cleaning: typing.Any) -> Frame:
    """
    Cleans as an agent file's `cleaning` would: a preset or a list of steps.
    
    >>> clean(frame, {"preset": "as_published", "group": "cluster"})  # doctest: +SKIP
    """
def cli_main(args: collections.abc.Sequence[str]) -> int:
    """
    Runs the command; args without the program's name. Returns the exit code.
    """
def concat(frames: collections.abc.Sequence[Frame]) -> Frame:
    """
    One after another; of two known cells the later wins.
    """
def join(frames: collections.abc.Sequence[Frame]) -> Frame:
    """
    Side by side on the union of their time stamps.
    """
def list_actuators() -> typing.Any:
    ...
def list_cleaning_steps() -> typing.Any:
    ...
def list_models() -> typing.Any:
    ...
def list_policies() -> typing.Any:
    ...
def list_sensors() -> typing.Any:
    """
    Sensors by name, each {"name", "summary", "parameters"}.
    """
def list_triggers() -> typing.Any:
    ...
def read_csv(path: typing.Any, **kwargs) -> Frame:
    """
    Reads files, folders or globs as one frame. Options: those of list_sensors()["csv"].
    
    >>> frame = read_csv("telemetry.csv", label_columns=["cluster"])  # doctest: +SKIP
    """
def read_journal(path: typing.Any, *, kind: str = '', decision_id: str = '', limit: typing.SupportsInt | typing.SupportsIndex = 1000) -> list:
    """
    The newest entries of a journal file, oldest first.
    """
def resample(data: typing.Any, step: datetime.timedelta) -> Frame:
    """
    Means over a grid of whole steps since 1970 UTC.
    """
def series_of(frame: Frame, name: str, labels: dict[str, str] = {}) -> Series:
    ...
def time_ns(time: datetime.datetime) -> int:
    """
    An aware time as nanoseconds since 1970 UTC.
    """
def write_csv(frame: Frame, path: typing.Any, *, separator: str = ',') -> None:
    ...
__version__: str = '0.1.0'
