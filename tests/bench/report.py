"""What a measurement says: a figure beside its yardstick from the same run, and their ratio beside its target."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One line of the report. `more_is_better` turns the comparison with the target round."""

    name: str
    figure: float
    yardstick: float
    unit: str
    yardstick_name: str
    target: float | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> float:
        return self.figure / self.yardstick

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        reached = self.ratio >= self.target if self.more_is_better else self.ratio <= self.target
        return f"target {'≥' if self.more_is_better else '≤'} {self.target}: {'reached' if reached else 'MISSED'}"

    def __str__(self) -> str:
        figures = f"{self.figure:10.2f} {self.unit:6} against {self.yardstick:10.2f} ({self.yardstick_name})"
        return f"{self.name:52} {figures}  ratio {self.ratio:5.2f}  {self.verdict}"
