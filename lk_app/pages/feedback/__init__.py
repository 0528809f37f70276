"""«Обратная связь»: the screen, what is asked and answered already, the forms that write, a conversation."""
