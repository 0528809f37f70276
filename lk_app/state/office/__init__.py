"""What the screens of the back office hold, and what their events do."""
