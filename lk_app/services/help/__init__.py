"""Help: what it says, the questions that are often asked, and the search over both."""
