"""What the portal and its users promise one another: one module per text, readable without JavaScript."""
