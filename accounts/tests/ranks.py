"""Are two samples from the same distribution? Looks at ranks only, so that a few slow outliers decide nothing."""

import math
from collections.abc import Sequence
from itertools import groupby


def p_value(one: Sequence[float], other: Sequence[float]) -> float:
    """Two-sided, of the Mann–Whitney U test by the normal approximation, corrected for ties and continuity.

    H. B. Mann, D. R. Whitney: On a test of whether one of two random variables is stochastically larger than the
    other, Annals of Mathematical Statistics 18 (1947); ties as in Hollander, Wolfe: Nonparametric Statistical Methods.
    """
    n, m = len(one), len(other)
    pooled = sorted([(value, True) for value in one] + [(value, False) for value in other])
    rank_sum, ties, before = 0.0, 0, 0
    for _value, same in groupby(pooled, key=lambda measured: measured[0]):
        members = [of_one for _, of_one in same]
        rank_sum += sum(members) * (before + (len(members) + 1) / 2)
        ties += len(members) ** 3 - len(members)
        before += len(members)
    u = rank_sum - n * (n + 1) / 2
    variance = n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))
    z = max(0.0, abs(u - n * m / 2) - 0.5) / math.sqrt(variance) if variance else 0.0
    return math.erfc(z / math.sqrt(2))
