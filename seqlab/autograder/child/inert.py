"""A stand-in for seqlab in the process that runs a student's code.

A notebook may mention `seqlab` and `lab` in the cells that define its answers. There they do nothing: no
check, reference or layer of the package can be had through them. Nor does `google.colab`: there is no drive to mount.
"""

import sys
import types
from typing import Any


class Inert:
    """Anything may be asked of it, and nothing comes of it; calls give back what they are given."""

    def __getattr__(self, name: str) -> "Inert":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self if not args else args[0] if len(args) == 1 else args

    def __repr__(self) -> str:
        return "(the lab does nothing while it is being graded)"


class _InertModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Inert()


class _InertFinder:
    """Makes `import seqlab.anything` give an inert module, and `import google.colab`."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        if name.split(".")[0] != "seqlab" and name.split(".")[:2] != ["google", "colab"]:
            return None
        import importlib.machinery

        return importlib.machinery.ModuleSpec(
            name,
            _InertFinder,  # type: ignore[arg-type]  # a class with these methods loads as well as an instance of Loader
            is_package=True,
        )

    @staticmethod
    def create_module(spec: Any) -> types.ModuleType:
        return _InertModule(spec.name)

    @staticmethod
    def exec_module(module: types.ModuleType) -> None:
        module.__path__ = []


def hide_seqlab() -> None:
    """Take the package out of reach of `import`; what is already running goes on."""
    for name in [n for n in sys.modules if n.split(".")[0] == "seqlab"]:
        del sys.modules[name]
    sys.meta_path.insert(0, _InertFinder)
