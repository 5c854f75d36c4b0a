"""The only rooms that know Flask."""

from pyrest.web.wrapper import Wrapper

__all__ = ["Wrapper"]
