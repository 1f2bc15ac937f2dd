"""What came of runs: recorded, compared, told, thought about, published."""
