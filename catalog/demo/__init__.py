"""The demo: a catalogue of public-domain books, and simulated readers who have tastes."""
