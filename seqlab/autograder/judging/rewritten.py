"""A reference whose source is changed at one place: what declared slips and near misses are made of.

    def rnn(x, h, W, U):
        return np.tanh(x @ W + h @ U)

    rewritten(rnn, rnn, (" + h @ U", ""))

is the same function, made anew of its source without ` + h @ U`. A reference may call other functions of its own file;
a change can be made in any of them.
"""

import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any

Function = Callable[..., Any]
WRITTEN = "written"  # where a changed reference has its part and source


def rewritten(
    reference: Function, part: Function, change: Iterable[str], known: Mapping[str, Any] | None = None
) -> Function:
    """The reference, `part` of which (itself, or a function that it calls) is edited: old, new, old, new, ...

    known: names that the new text may use, beside those of the reference's file. ValueError where a text to be replaced
    does not stand in `part` exactly once, or `part` is none of the reference.
    """
    source, pieces = source_of(part), list(change)
    for old, new in zip(pieces[::2], pieces[1::2], strict=True):
        if source.count(old) != 1:
            raise ValueError(f"{old!r} stands {source.count(old)} times in {part.__name__}: it should be there once")
        source = source.replace(old, new)
    if part not in family(reference):
        raise ValueError(f"{part.__name__} is no part of {reference.__name__}")
    return with_source(reference, part, source, known)


def with_source(reference: Function, part: Function, source: str, known: Mapping[str, Any] | None = None) -> Function:
    """The reference, `part` of which has another source (see `rewritten`); it is compiled at the first call."""

    @functools.cache
    def made() -> Function:
        names = {**(known or {}), **reference.__globals__}
        for function in family(reference):
            text = source if function is part else source_of(function)
            exec(compile(text, f"<{part.__name__}, changed>", "exec"), names)
        return names[reference.__name__]

    def changed(*args: Any, **how: Any) -> Any:
        return made()(*args, **how)

    setattr(changed, WRITTEN, (part, source))
    return changed


def family(reference: Function) -> list[FunctionType]:
    """The reference and the functions of its own file that it calls, each once; none where it has no source of its own."""
    found: list[FunctionType] = []

    def add(function: Any) -> None:
        if _is_written_out(function) and function.__module__ == reference.__module__ and function not in found:
            found.append(function)
            for name in _names(function.__code__):
                add(function.__globals__.get(name))

    add(reference)
    return found


@functools.cache
def source_of(function: Function) -> str:
    """Its source without its docstring; OSError where there is none."""
    source = textwrap.dedent(inspect.getsource(function))
    return source.replace(f'"""{function.__doc__}"""', "", 1) if function.__doc__ else source


def _is_written_out(function: Any) -> bool:
    """A function of the file itself: no lambda, nothing that was made inside another one."""
    return isinstance(function, FunctionType) and function.__qualname__.isidentifier()


def _names(code: Any) -> Iterable[str]:
    """The names that a function's code and the functions inside it look up."""
    yield from code.co_names
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _names(constant)
