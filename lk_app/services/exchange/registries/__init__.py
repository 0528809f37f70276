"""Registries of payments made elsewhere, as banks and agents send them: what stands where, a profile says."""

from lk_app.services.exchange.registries.load import load_registry
from lk_app.services.exchange.registries.profile import Profile, ProfileRefused, profile_of

__all__ = ["Profile", "ProfileRefused", "load_registry", "profile_of"]
