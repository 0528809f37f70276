"""What the portal talks to outside: an interface, its real implementations, and a sandbox."""
