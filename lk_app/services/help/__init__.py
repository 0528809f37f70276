"""Help: questions that are often asked, and how they are found."""
