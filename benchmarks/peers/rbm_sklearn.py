#!/usr/bin/env python3
"""scikit-learn's BernoulliRBM with the sizes of crbm_bench.cpp, one thread: least CPU time of an epoch.

    rbm_sklearn.py [--repeats N]

It samples binary units and keeps chains (persistent CD) where ours takes means (CD-1): the same number of
products, not the same algorithm. scikit-learn has no conditional RBM, and no Gaussian units.
"""

import argparse
import time

import numpy as np
from sklearn.neural_network import BernoulliRBM
from threadpoolctl import threadpool_limits


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    x = np.random.default_rng(1).random((100_000, 30))
    with threadpool_limits(1):
        for batch in (10, 100):
            times = []
            for _ in range(repeats):
                start = time.process_time()
                BernoulliRBM(10, batch_size=batch, n_iter=1, learning_rate=0.001, random_state=0).fit(x)
                times.append(time.process_time() - start)
            print(f"epoch/30/0/{batch} {min(times) * 1e3:.1f} ms")
        rbm = BernoulliRBM(10, n_iter=1, random_state=0).fit(x[:1000])
        times = []
        for _ in range(repeats):
            start = time.process_time()
            rbm.transform(x)
            times.append(time.process_time() - start)
        print(f"transform {min(times) * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
