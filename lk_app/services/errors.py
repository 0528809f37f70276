"""The one family of errors the rules raise; each says in Russian what the person can do."""


class ServiceError(Exception):
    """Something a person must be told; `message` is Russian and fit for the screen."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(ServiceError):
    """What was asked for does not exist, or is not for this caller: the two look the same."""

    def __init__(self, message: str = "Ничего не найдено. Обновите страницу и попробуйте ещё раз.") -> None:
        super().__init__(message)


class NotAllowed(ServiceError):
    """Somebody of the staff asked for what their role does not include."""

    def __init__(self) -> None:
        super().__init__("Для этого действия нужна другая роль. Обратитесь к администратору.")


class TooManyAttempts(ServiceError):
    """The permitted pace is exceeded; `seconds` says when to come back."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class FieldErrors(ServiceError):
    """What was typed is refused; `errors` says for each field why."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("Проверьте отмеченные поля.")
        self.errors = errors


class RequestOver(ServiceError):
    """No request waits for a code here, or it is too old."""

    def __init__(self) -> None:
        super().__init__("Запрос устарел. Начните сначала: то, что вы вводили раньше, уже не действует.")
