"""When a campaign goes out: moments, wall clocks, and what recurs."""
