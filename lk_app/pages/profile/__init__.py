"""«Настройки», a module for each card."""
