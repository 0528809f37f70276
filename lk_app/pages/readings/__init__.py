"""«Показания»: the screen, the dialog that sends readings, the chart of what was burned."""
