"""LK, «Личный кабинет потребителя газа»: a gas company's consumer portal."""
