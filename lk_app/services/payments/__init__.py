"""Payments as a consumer makes and sees them: paying, what came of it, the history."""
