"""The demo company «Демогаз»: an invented billing package of any size, and the demo user."""
