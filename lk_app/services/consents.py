"""What a consumer agrees to when they register."""

from lk_app.services import legal

CONSENT_VERSION = legal.versions("consent")[0]
"""The version of the text at `/legal/consent`; who agreed to an earlier one is not asked again by the portal."""
