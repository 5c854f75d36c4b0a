"""What the texts of fields look like, as regular expressions that ECMA-262, Python and Rust understand alike.

Readers of the document may be in any language. The fields themselves have expressions, and code, of their own.
"""

from __future__ import annotations

import re

_HOST_PART = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = rf"^[A-Za-z0-9_.!#$%&'*+/=?^`{{|}}~-]+@({_HOST_PART}\.)+[A-Za-z0-9][A-Za-z0-9-]{{0,61}}[A-Za-z0-9]$"
EMAIL_LENGTH = 254

SLUG = "^[-a-zA-Z0-9_]+$"

_NO_URL = "\\s\\x00-\\x1f\\x7f<>\"\\\\^`{|}%\u200e\u200f\u202a-\u202e\u2066-\u2069"
_IN_PATH, _IN_USER, _IN_LABEL = (f"(%[0-9a-fA-F]{{2}}|[^{_NO_URL}{marks}])" for marks in ("", r"@\[\]/?#", r"@:\[\]./?#"))
_GROUP = "[0-9a-fA-F]{1,4}"
_GAPS = "|".join(f"({_GROUP}:){{1,{7 - behind}}}(:{_GROUP}){{1,{behind}}}" for behind in range(1, 7))
_IPV6 = f"(({_GROUP}:){{7}}{_GROUP}|({_GROUP}:){{1,7}}:|{_GAPS}|:(:{_GROUP}){{1,7}}|::)"
_HOST = rf"({_IN_LABEL}+(\.{_IN_LABEL}+)*\.?|\[{_IPV6}\])"
_PORT = "0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
URL = f"^[Hh][Tt][Tt][Pp][Ss]?://({_IN_USER}*@)?{_HOST}(:({_PORT})?)?([/?#]{_IN_PATH}*)?$"

_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
_FOURTH = "(0[48]|[2468][048]|[13579][26])"
_YEAR = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_DAY = "(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31"
_DATE = f"({_YEAR}-({_DAY})|([0-9]{{2}}{_FOURTH}|{_FOURTH}00)-02-29)"
TIME = f"^{_TIME}$"
NAIVE_DATETIME = f"^{_DATE}[Tt ]{_TIME}$"

_PYTHON_ONLY = re.compile(r"\\[AZ]|\(\?[^:=!<]|\(\?<[^=!]|\\N|\(\?P")


def whole(pattern: str | None) -> list[str]:
    """The pattern of a field, for all of a text; nothing where there is none that others understand."""
    return [] if pattern is None or is_pythons(pattern) else [f"^(?:{pattern})$"]


def is_pythons(pattern: str) -> bool:
    """Whether only Python understands a pattern."""
    return _PYTHON_ONLY.search(pattern) is not None
