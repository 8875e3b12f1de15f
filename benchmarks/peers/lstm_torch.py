#!/usr/bin/env python3
"""PyTorch's LSTM and GRU on the networks of lstm_bench.cpp, one thread: streaming step, batch inference, training epoch.

    lstm_torch.py [--repeats N]

Prints one line a case: name, least CPU time. Needs torch; on Debian 12 `python3-torch` with `libopenblas0-serial`,
without which torch multiplies by the slow reference BLAS. The BLAS in use is named in the output.
"""

import argparse
import pathlib
import time

import torch

NETWORKS = {
    "nct1": (1, [15, 15], 15),
    "nct10": (10, [15, 15], 15),
    "h64x2": (8, [64, 64], 32),
    "h128": (8, [128], 32),
    "h64": (8, [64], 32),
}


class Network(torch.nn.Module):
    def __init__(self, cell, inputs, layers, dense):
        super().__init__()
        kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
        self.recurrent = kind(inputs, layers[0], num_layers=len(layers), batch_first=True)
        self.head = torch.nn.Sequential(torch.nn.Linear(layers[0], dense), torch.nn.ReLU(), torch.nn.Linear(dense, 1))

    def forward(self, x, state=None):
        out, state = self.recurrent(x, state)
        return self.head(out[:, -1]), state


def least(repeats, work):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def blas():
    """The shared libraries of this process that multiply matrices."""
    maps = pathlib.Path("/proc/self/maps").read_text()
    paths = {line.split()[-1] for line in maps.splitlines() if "blas" in line or "mkl" in line}
    return ", ".join(sorted(pathlib.Path(p).name for p in paths)) or "built in"


def streaming(network, repeats):
    steps = 200
    x = torch.zeros(1, 1, network.recurrent.input_size)

    def work():
        state = None
        with torch.inference_mode():
            for _ in range(steps):
                _, state = network(x, state)

    return least(repeats, work) / steps * 1e9


def batch(network, repeats):
    windows = torch.randn(1000, 48, 8)
    with torch.inference_mode():
        return least(repeats, lambda: network(windows)) * 1e3


def training(cell, inputs, repeats):
    network = Network(cell, inputs, [15, 15], 15)
    x, y = torch.randn(10080, 60, inputs), torch.randn(10080, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def work():
        order = torch.randperm(len(x))
        for i in range(0, len(x), 64):
            rows = order[i : i + 64]
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(network(x[rows])[0], y[rows]).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()

    return least(repeats, work) * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    torch.manual_seed(1)
    print(f"torch {torch.__version__}, one thread, BLAS: {blas()}")
    for cell in ("lstm", "gru"):
        for name, shape in NETWORKS.items():
            print(f"streaming_step {cell} {name} {streaming(Network(cell, *shape), repeats):.0f} ns", flush=True)
        print(f"batch_inference {cell} h64 {batch(Network(cell, *NETWORKS['h64']), repeats):.1f} ms", flush=True)
        for inputs in (1, 8):
            print(f"training_epoch {cell} {inputs} {training(cell, inputs, repeats):.0f} ms", flush=True)


if __name__ == "__main__":
    main()
