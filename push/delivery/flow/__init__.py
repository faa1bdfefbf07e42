"""Flow control: how many at once, how many a second, whether at all. Time is passed in; nothing here sleeps."""
