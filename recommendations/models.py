"""Trainings, and which model is live."""
