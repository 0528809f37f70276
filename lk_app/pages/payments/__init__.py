"""«История платежей», and the page to which the bank sends people back."""
