#!/usr/bin/env python3
"""Our RBM (bench_crbm) and scikit-learn's BernoulliRBM in one run, one thread: least processor time of an epoch.

    rbm_sklearn.py [build/release/benchmarks/bench_crbm] [--repeats N]

scikit-learn samples binary units and keeps chains (persistent CD) where ours takes means (CD-1): the same number of
products, not the same algorithm. scikit-learn has no conditional RBM, and no Gaussian units.
"""

import argparse

import numpy as np
from kmeans_sklearn import ours, timed
from sklearn.neural_network import BernoulliRBM
from threadpoolctl import threadpool_limits


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", nargs="?", default="build/release/benchmarks/bench_crbm", help="of a release build")
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    x = np.random.default_rng(1).random((100_000, 30))
    print("| epoch of 100,000 x 30, 10 hidden | ours, f64 | ours, f32 | scikit-learn | ratio, f64 | ratio, f32 |")
    with threadpool_limits(1):
        for batch in (10, 100):
            rbm = BernoulliRBM(10, batch_size=batch, n_iter=1, learning_rate=0.001, random_state=0)
            double, single, theirs = [], [], []
            for _ in range(args.repeats):
                double.append(ours(args.program, f"epoch/30/0/{batch}/1")[0])
                single.append(ours(args.program, f"epoch/30/0/{batch}/0")[0])
                theirs.append(timed(lambda rbm=rbm: rbm.fit(x))[0])
            d, s, t = min(double), min(single), min(theirs)
            print(f"| batch {batch} | {d:.1f} | {s:.1f} | {t:.1f} | {t / d:.1f} | {t / s:.1f} |", flush=True)


if __name__ == "__main__":
    main()
