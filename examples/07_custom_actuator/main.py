"""An actuator of one's own in Python: it writes the placement into a file, as main.cpp."""

import tempfile
from datetime import datetime, timezone
from pathlib import Path

import learningplane as lp


class FileActuator(lp.Actuator):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def describe(self):
        return f"file {self.path.name}"

    def delivery(self):
        return "at_least_once"  # writing the same line again does no harm

    def do_act(self, command):
        if not isinstance(command.action, lp.Place):
            return lp.Outcome("refused", "only placements can be written", attempts=0)
        self.path.write_text(f"{command.id} {command.application} {command.action.site}\n")
        return lp.Outcome("done", "written")

    def do_plan(self, command):
        return lp.Outcome("planned", "would write", attempts=0)

    def do_probe(self, command):
        text = self.path.read_text() if self.path.exists() else ""
        done = text.split(" ")[0] == command.id
        return lp.Outcome("done" if done else "failed", f"the file says {text.split(' ')[0]}")


with tempfile.TemporaryDirectory() as folder:
    actuator = FileActuator(Path(folder) / "placement")
    move = lp.Command(id="d-1", application="shop", action=lp.Place("edge-1"), at=datetime.now(timezone.utc))
    for what, outcome in [
        ("dry run", actuator.act(move, dry_run=True)),
        ("probe", actuator.probe(move)),
        ("act", actuator.act(move)),
        ("probe", actuator.probe(move)),
    ]:
        print(f"{what:8} {outcome.status}: {outcome.message}")
    print("file:", actuator.path.read_text().strip())
