"""«Взаиморасчёты»: the screen, and the documents that can be had there."""
