"""How long a response is delayed: a fixed time, or a distribution."""

import random
import re
from dataclasses import dataclass

_NUMBER = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ms|s)?")
_PARAMETERS = {"exp": 1, "normal": 2, "lognormal": 2}


@dataclass(frozen=True)
class Latency:
    """Seconds to wait, drawn anew for each request."""

    shape: str
    """`fixed`, `uniform`, `exp` (its mean), `normal` (mean, deviation) or `lognormal` (median,
    sigma)."""
    first: float
    second: float = 0.0

    def draw(self, randomness: random.Random) -> float:
        """The delay of one request."""
        match self.shape:
            case "uniform":
                return randomness.uniform(self.first, self.second)
            case "exp":
                return randomness.expovariate(1 / self.first) if self.first else 0.0
            case "normal":
                return max(0.0, randomness.gauss(self.first, self.second))
            case "lognormal":
                return self.first * randomness.lognormvariate(0.0, self.second)
            case _:
                return self.first


def parse_latency(text: str) -> Latency:
    """`200ms`, `0.1..0.5`, `exp:0.2`, `normal:0.2:0.05` or `lognormal:0.2:0.6`; ValueError."""
    low, dots, high = text.partition("..")
    if dots:
        first, second = seconds(low), seconds(high)
        if first > second:
            raise ValueError(f"{text!r} runs backwards")
        return Latency("uniform", first, second)
    shape, *parameters = text.split(":")
    if not parameters:
        return Latency("fixed", seconds(text))
    if _PARAMETERS.get(shape) != len(parameters):
        raise ValueError(
            f"{text!r} is no latency; they look like 200ms, 0.1..0.5, exp:0.2, normal:0.2:0.05 "
            "or lognormal:0.2:0.6"
        )
    return Latency(shape, *map(seconds, parameters))


def seconds(text: str) -> float:
    """`2`, `2s` or `200ms` in seconds; ValueError."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time; they look like 200ms, 2s or 0.5")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)
