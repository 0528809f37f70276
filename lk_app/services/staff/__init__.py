"""The staff: who they are, their sessions and second factor, and the audit log of what they did."""
