"""Two estimates from different rows: how far apart they are, and how sure that is."""

from __future__ import annotations

from math import hypot

from components.evaluation.statistics.interval import Interval


def independent_difference(ours: Interval, theirs: Interval) -> Interval:
    """The difference of two independent estimates, with an interval at the level that both of theirs have.

    From the two intervals alone (MOVER: Zou and Donner 2008, "Construction of confidence limits about effect measures",
    Statistics in Medicine 27), so it holds for shares, means and figures of a whole test set alike. For two shares with
    Wilson's intervals it is Newcombe's method 10 (1998, Statistics in Medicine 17).

    Args:
        ours: What is asked about.
        theirs: What it is compared with.
    """
    difference = ours.mean - theirs.mean
    down = hypot(ours.mean - ours.low, theirs.high - theirs.mean)
    up = hypot(ours.high - ours.mean, theirs.mean - theirs.low)
    return Interval(difference, difference - down, difference + up)
