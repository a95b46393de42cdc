"""What an operator does with rule files before they go live."""
