"""Progress of a long call: in a notebook, in a terminal, or as a callback of the user. Nothing of it is in a result."""

from __future__ import annotations

import sys
from typing import Any, Callable, Optional, Union

#: ``None``: a bar where somebody sees it (a terminal, a notebook). ``False``: none. Else it is called now and then with
#: what is done and what is due.
Progress = Union[None, bool, Callable[[float, float], object]]

_WIDTH = 24


class _Bar:
    """A bar that appears at the second call (each is some tenths of a second after the last), and goes at the end."""

    def __init__(self, words: Callable[[int, int], str]) -> None:
        self._words = words
        self._calls = 0

    def __call__(self, done: int, due: int) -> None:
        self._calls += 1
        if due and self._calls > 3:
            self._show(min(done / due, 1.0), self._words(done, due))

    def _show(self, share: float, words: str) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Takes the bar away."""


class _Terminal(_Bar):
    def __init__(self, words: Callable[[int, int], str]) -> None:
        super().__init__(words)
        self._length = 0

    def _show(self, share: float, words: str) -> None:
        full = int(share * _WIDTH)
        line = f"{'#' * full}{'.' * (_WIDTH - full)} {words}"
        sys.stderr.write("\r" + line.ljust(self._length))
        sys.stderr.flush()
        self._length = len(line)

    def close(self) -> None:
        if self._length:
            sys.stderr.write("\r" + " " * self._length + "\r")
            sys.stderr.flush()


class _Notebook(_Bar):
    def __init__(self, words: Callable[[int, int], str]) -> None:
        super().__init__(words)
        self._handle: Any = None

    def _show(self, share: float, words: str) -> None:
        from IPython.display import HTML, display

        bar = HTML(f'<progress max="1" value="{share:.4f}"></progress> {words}')
        if self._handle is None:
            self._handle = display(bar, display_id=True)
        elif self._handle is not None:
            self._handle.update(bar)

    def close(self) -> None:
        if self._handle is not None:
            from IPython.display import HTML

            self._handle.update(HTML(""))


class _Callback(_Bar):
    def __init__(self, call: Callable[[float, float], object], scale: float) -> None:
        self._call = call
        self._scale = scale

    def __call__(self, done: int, due: int) -> None:
        if due:
            self._call(done * self._scale, due * self._scale) if self._scale != 1 else self._call(done, due)


def bar(progress: Progress, words: Callable[[int, int], str], scale: float = 1) -> Optional[_Bar]:
    """What is called with numbers done and due; ``scale`` brings them to the unit that a callback is told."""
    if progress is False:
        return None
    if callable(progress):
        return _Callback(progress, scale)
    if progress not in (None, True):
        raise TypeError(f"progress: expected None, True, False or a function of two numbers, found {progress!r}")
    if _in_notebook():
        return _Notebook(words)
    if progress or (sys.stderr is not None and sys.stderr.isatty()):
        return _Terminal(words)
    return None


def _in_notebook() -> bool:
    # Only where IPython runs already is there a notebook.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")
