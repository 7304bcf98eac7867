"""Shares of groups, and how sure they are: Wilson's interval of one share, Newcombe's of the difference of two.

E. B. Wilson, JASA 22 (1927) 209; R. G. Newcombe, Statistics in Medicine 17 (1998) 873, method 10. Both hold for small
groups and shares near 0 and 1, where the textbook's normal interval promises too much.
"""

from math import sqrt

Z = 1.959964  # 95 %


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of the share hits / n, each 0 to 1; (0, 1) for an empty group."""
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    middle = share + Z * Z / (2 * n)
    reach = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def difference(hits: int, n: int, other_hits: int, other_n: int) -> tuple[float, float, float]:
    """How much greater the first share is than the other: (difference, low, high), each -1 to 1; groups not empty."""
    share, other = hits / n, other_hits / other_n
    low, high = wilson(hits, n)
    other_low, other_high = wilson(other_hits, other_n)
    gap = share - other
    return (
        gap,
        gap - sqrt((share - low) ** 2 + (other_high - other) ** 2),
        gap + sqrt((high - share) ** 2 + (other - other_low) ** 2),
    )
