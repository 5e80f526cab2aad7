"""Rollouts with faults and kills at random."""
