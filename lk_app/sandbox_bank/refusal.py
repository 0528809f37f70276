"""What the bank answers to calls it refuses, in the words of its documentation."""


class Refusal(Exception):
    """A call that changed nothing; the code goes into `errorCode`, the message into `errorMessage`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def access_denied() -> Refusal:
    return Refusal(5, "Доступ запрещён")


def wrong_amount() -> Refusal:
    return Refusal(5, "Неверная сумма")


def wrong_parameter(name: str) -> Refusal:
    return Refusal(5, f"Неверный параметр [{name}]")


def order_not_found() -> Refusal:
    return Refusal(6, "Заказ не найден")
