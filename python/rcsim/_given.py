"""What a call is given, as the command line takes it: scenarios, settings, what varies, seeds.

Nothing is checked here but what has no form in TOML: whether there is such a key, and whether its value is right, the
simulator says, with a place.
"""

from __future__ import annotations

import json
import math
import operator
import os
from typing import Any, Iterable, List, Mapping, NamedTuple, Optional, Tuple, Union, overload

from rcsim._rcsim import given_text

#: The largest numbers of the simulator.
U32, U64 = 2**32 - 1, 2**64 - 1
#: A scenario: the path of a file, its TOML as a text of more than one line, or the same as nested dicts and lists.
Scenario = Union[str, "os.PathLike[str]", Mapping[str, Any]]
#: Settings by key (``{"wan.loss": 0.01}``), or as the command line has them (``["wan.loss=0.01"]``).
Settings = Union[Mapping[str, Any], Iterable[str]]
#: What varies: by key the values, or a range such as ``"0..0.05:0.01"``. A tuple of keys takes tuples of values.
Vary = Mapping[Union[str, Tuple[str, ...]], Union[str, Iterable[Any]]]
#: ``range(1, 21)`` or ``"1..20"``, which includes both ends.
Seeds = Union[range, str]


class Given(NamedTuple):
    """A scenario as it was given."""

    path: Optional[str]
    text: Optional[str]
    name: Optional[str]


def scenario(given: Scenario, name: Optional[str] = None) -> Given:
    """The scenario that a call was given."""
    if isinstance(given, Mapping):
        return Given(None, toml(given), name)
    if isinstance(given, str) and "\n" in given:
        return Given(None, given, name)
    if isinstance(given, (str, os.PathLike)):
        path = os.fspath(given)
        # On the command line `-` is standard input.
        return Given("./-" if path == "-" else path, None, name)
    raise TypeError(f"scenario: expected a path, a TOML text or a dict, found {_kind(given)}")


def scenarios(given: Union[Scenario, Iterable[Scenario]]) -> List[Given]:
    """The scenario, or the several that are compared."""
    if isinstance(given, (str, os.PathLike, Mapping)):
        return [scenario(given)]
    if not isinstance(given, Iterable):
        return [scenario(given)]
    found = [scenario(one) for one in given]
    if not found:
        raise ValueError("scenario: expected at least one, found none")
    return found


def settings(given: Optional[Settings]) -> List[str]:
    """``KEY=VALUE`` of each."""
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [f"{key}={_value(key, value)}" for key, value in given.items()]
    if isinstance(given, str):
        raise TypeError(f"set: expected a dict such as {{'wan.loss': 0.01}}, or a list of 'KEY=VALUE', found {given!r}")
    found = list(given)
    for one in found:
        if not isinstance(one, str):
            raise TypeError(f"set: expected 'KEY=VALUE', found {_kind(one)}")
    return found


def varied(given: Optional[Vary]) -> List[str]:
    """``KEY=V1,V2,..`` of each axis."""
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise TypeError(f"vary: expected a dict such as {{'wan.loss': [0, 0.01]}}, found {_kind(given)}")
    return [_axis(keys, values) for keys, values in given.items()]


def seeds(given: Seeds) -> str:
    """``A..B``, both ends included."""
    if isinstance(given, str):
        return given
    if isinstance(given, range):
        if given.step != 1 or len(given) == 0:
            raise ValueError(f"seeds: expected a range with step 1 that is not empty, found {given!r}")
        return f"{given.start}..{given.stop - 1}"
    raise TypeError(f"seeds: expected range(1, 21) or '1..20', found {given!r}")


@overload
def whole(name: str, given: int, least: int, most: int) -> int: ...
@overload
def whole(name: str, given: Optional[int], least: int, most: int) -> Optional[int]: ...
def whole(name: str, given: Optional[int], least: int, most: int) -> Optional[int]:
    """A whole number of the argument ``name``."""
    if given is None:
        return None
    words = f"{name}: expected a whole number; at least {least}"
    if isinstance(given, bool):
        raise TypeError(f"{words}, found {given!r}")
    try:
        number = operator.index(given)
    except TypeError:
        raise TypeError(f"{words}, found {_kind(given)}") from None
    if not least <= number <= most:
        raise ValueError(f"{words}, and at most {most}, found {number}")
    return number


def toml(tables: Mapping[str, Any]) -> str:
    """A scenario as TOML: a table of the dict under a heading of its own, so that errors point at short lines."""
    plain: List[str] = []
    headed: List[str] = []
    for key, value in tables.items():
        if isinstance(value, Mapping):
            headed += [f"[{_key(key)}]"] + _lines(key, value)
        elif isinstance(value, (list, tuple)) and value and all(isinstance(item, Mapping) for item in value):
            for item in value:
                headed += [f"[[{_key(key)}]]"] + _lines(key, item)
        else:
            plain.append(f"{_key(key)} = {_inline(key, value)}")
    return "\n".join(plain + headed) + "\n"


def _lines(path: str, table: Mapping[str, Any]) -> List[str]:
    return [f"{_key(key)} = {_inline(f'{path}.{key}', value)}" for key, value in table.items()]


def _axis(keys: Union[str, Tuple[str, ...]], values: Union[str, Iterable[Any]]) -> str:
    together = isinstance(keys, tuple) or "," in keys
    name = ",".join(keys) if isinstance(keys, tuple) else keys
    if isinstance(values, str):
        return f"{name}={values}"
    try:
        items = list(values)
    except TypeError:
        raise TypeError(f"vary: {name}: expected a list of values, found {_kind(values)}") from None
    if not together:
        return f"{name}={','.join(_value(name, item) for item in items)}"
    for item in items:
        if not isinstance(item, (list, tuple)):
            raise TypeError(f"vary: {name}: keys that go together take tuples, as in (1, 2); found {_kind(item)}")
    given = ("(" + ",".join(_value(name, part) for part in item) + ")" for item in items)
    return f"{name}={','.join(given)}"


def _value(path: str, value: Any) -> str:
    """One value of one key: a text without quotes where none are needed."""
    return given_text(value) if isinstance(value, str) else _inline(path, value)


def _inline(path: str, value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else str(float(value))
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, os.PathLike):
        return _quoted(os.fspath(value))
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_inline(f'{path}.{key}', item)}" for key, item in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, (list, tuple, range)):
        return "[" + ", ".join(_inline(path, item) for item in value) + "]"
    # A number of numpy.
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", None) == 0:
        return _inline(path, item())
    raise TypeError(f"{path}: expected a number, a text, True or False, a list or a dict, found {_kind(value)}")


def _key(key: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"expected a text as a key, found {_kind(key)}")
    return key if key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key) else _quoted(key)


def _quoted(text: str) -> str:
    # A string of JSON is one of TOML, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _kind(value: Any) -> str:
    return f"{type(value).__name__} {value!r}"
