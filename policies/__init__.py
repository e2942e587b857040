"""What is judged, and how: pure, without I/O; the clock is an argument."""
