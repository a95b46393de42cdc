"""What streamgauge is compared with: each peer is a program that reads the same topic."""
