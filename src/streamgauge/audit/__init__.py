"""The auditor: reads the topics again and proves, with sums of its own, what was published."""
