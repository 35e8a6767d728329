"""Experiments: what one is, who is in which of its arms, and the arithmetic. Knows no catalogue."""
