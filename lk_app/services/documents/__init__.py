"""Documents for consumers: what all of them say alike, and the store of those that were made."""
