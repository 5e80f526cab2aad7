"""Keeps how a run ended, for the next plan and for people."""
