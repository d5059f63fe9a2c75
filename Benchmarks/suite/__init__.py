"""What the rows are made of."""
