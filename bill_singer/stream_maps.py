"""Stream maps that cannot be used: told in one line that names the stream and the expression, without a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import CustomStreamMap

from bill_program.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from singer_sdk.exceptions import MappingError

EXACT = (
    "; numbers with a point come exactly, and take none with a point from an expression: write 1.1 as 11 / 10, such as "
    "net * 11 / 10"
)


class PlainEvaluator:
    """Evaluates as another one does, and tells what a person can mend.

    Args:
        inner: The other one.
        stream: Whose records it maps.
        line: Gives the line of the input that is read.
    """

    def __init__(self, inner: Any, stream: str, line: Callable[[], int]) -> None:
        self._inner = inner
        self._stream = stream
        self._line = line
        self.names: Mapping[str, Any] = {}

    def eval(self, expr: str, previously_parsed: Any = None) -> Any:
        """The value of an expression.

        Raises:
            SettingsError: It has none for this record.
        """
        self._inner.names = self.names
        try:
            return self._inner.eval(expr, previously_parsed=previously_parsed)
        except Exception as error:  # noqa: BLE001  an expression of a user may raise anything
            raise SettingsError(
                f"setting `stream_maps.{self._stream}`: {expr!r} cannot be evaluated for the record on line "
                f"{self._line()} of the input ({_reason(error)}){EXACT if _mixes_numbers(error) else ''}"
            ) from None


def tell_plainly(maps: Iterable[Any], stream: str, line: Callable[[], int]) -> None:
    """Have the expressions of these maps of a stream refused in one line."""
    for each in maps:
        if isinstance(each, CustomStreamMap) and not isinstance(each.expr_evaluator, PlainEvaluator):
            each.expr_evaluator = PlainEvaluator(each.expr_evaluator, stream, line)


def refusal_of_map(stream: str, error: MappingError) -> SettingsError:
    """The refusal of a stream map that the SDK cannot read."""
    return SettingsError(f"setting `stream_maps.{stream}`: {' '.join(str(error).split())}")


def _reason(error: Exception) -> str:
    """The fault, without values of the record: the text of other errors may hold them."""
    is_of_types = isinstance(error, TypeError) or type(error).__module__ == "simpleeval"
    return str(error) if is_of_types else type(error).__name__


def _mixes_numbers(error: Exception) -> bool:
    return isinstance(error, TypeError) and "Decimal" in str(error) and "float" in str(error)
