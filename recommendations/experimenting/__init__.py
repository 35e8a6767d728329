"""Experiments at work: started and stopped, counted, judged, shown."""
