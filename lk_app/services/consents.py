"""What a consumer agrees to when they register."""

CONSENT_VERSION = "2026-11-23"
"""The version of the text at `/legal/consent`; a new text needs a new version."""
