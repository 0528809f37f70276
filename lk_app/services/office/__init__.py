"""What staff of the office look at and do that has no domain of its own: consumers, and the audit log."""
