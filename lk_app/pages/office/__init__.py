"""The screens of the back office."""
