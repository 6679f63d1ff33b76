"""What the checking programs share: their input, and how they report.

Input comes from environment variables only (see ../README.md). Every check
prints one line, `ok <name>` or `FAIL <name>: <why>`.
"""

import json
import os
import signal
import sys
import traceback
import unicodedata
import uuid
from collections import Counter

SECONDS_PER_CHECK = 180

_passed = 0
_failed = 0


def env(name):
    if name not in os.environ:
        sys.exit(f"the environment variable {name} is not set, see clients/README.md")
    return os.environ[name]


def hook(kind):
    """The webhook URL of MUSTER_HOOK_<kind>, with one slash at its end."""
    return env(f"MUSTER_HOOK_{kind}").rstrip("/") + "/"


EXPECT = json.loads(env("MUSTER_EXPECT"))
IDS = EXPECT["ids"]
ADMIN_ID = EXPECT["admin_id"]
# A person with both names, plain letters preferred: upper and lower case of
# those mean the same to everybody.
SAMPLE = min(
    (row for row in EXPECT["sample"] if row["NAME"] and row["LAST_NAME"]),
    key=lambda row: not (row["NAME"] + row["LAST_NAME"]).isascii(),
)
SAMPLE_ID = int(SAMPLE["ID"])


def check(name):
    """Runs the decorated function at once and reports how it ended.

    The function's name then stands for what it returned. If it failed, other
    checks which need that fail too, and say so.
    """

    def run(function):
        global _passed, _failed
        signal.alarm(SECONDS_PER_CHECK)
        try:
            value = function()
        except Exception as error:
            _failed += 1
            print(f"FAIL {name}: {_why(error)}", flush=True)
            return _Missing(name)
        finally:
            signal.alarm(0)
        _passed += 1
        print(f"ok {name}", flush=True)
        return value

    return run


class _Missing:
    """What a failed check should have returned."""

    def __init__(self, name):
        self._name = name

    def _use(self, *_):
        raise AssertionError(f"needs the result of {self._name!r}, which failed")

    __eq__ = __iter__ = __getitem__ = __len__ = _use


def finish():
    print(f"{_passed} passed, {_failed} failed", flush=True)
    sys.exit(0 if _passed and not _failed else 1)


class TooLong(Exception):
    """Not a TimeoutError: clients would catch that and try again."""


def _too_long(_signal, _frame):
    raise TooLong(f"not done after {SECONDS_PER_CHECK} s")


signal.signal(signal.SIGALRM, _too_long)


def _why(error):
    if isinstance(error, AssertionError):
        why = str(error)
    else:
        at = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(at.filename)}:{at.lineno}"
        why = f"{type(error).__name__}: {error} (at {place})"
    return " ".join(why.split())[:1000]


# -- comparing ---------------------------------------------------------------


def equal(got, expected, what):
    if got != expected:
        raise AssertionError(f"{what}: expected {expected!r}, got {got!r}")


def true(condition, why):
    if not condition:
        raise AssertionError(why)


def ids(rows):
    return [int(row["ID"]) for row in rows]


def same_ids(got, expected, what):
    """Compares whole lists of IDs, in any order, but without repetition."""
    between(got, expected, expected, what)


def in_order(got, expected, what):
    """Compares whole lists of IDs, in their order."""
    same_ids(got, expected, what)
    for place, (one, other) in enumerate(zip(got, expected)):
        equal(one, other, f"{what}: id at place {place}")


def between(got, at_least, at_most, what):
    missing = sorted(set(at_least) - set(got))
    extra = sorted(set(got) - set(at_most))
    twice = sorted(i for i, times in Counter(got).items() if times > 1)
    problems = [
        f"{len(found)} {label} such as {found[:5]}"
        for label, found in (("missing", missing), ("extra", extra), ("twice", twice))
        if found
    ]
    if problems:
        raise AssertionError(
            f"{what}: expected {len(set(at_least))} ids, got {len(got)}: {', '.join(problems)}"
        )


def raised(error_class, call):
    """The error of that class which the call must end with."""
    try:
        value = call()
    except error_class as error:
        return error
    except Exception as error:
        raise AssertionError(
            f"expected {_name(error_class)}, got {_why(error)}"
        ) from error
    raise AssertionError(
        f"expected {_name(error_class)}, got the answer {str(value)[:300]}"
    )


def _name(error_class):
    classes = error_class if isinstance(error_class, tuple) else (error_class,)
    return " or ".join(each.__name__ for each in classes)


# -- people ------------------------------------------------------------------


def new_email(program):
    """An address nobody has, different in every program, run and call."""
    return f"{program}-{uuid.uuid4().hex}@example.com"


def like(row, field, part, fold=False):
    """Whether LIKE finds the part, with accents folded away or not."""
    return _plain(part, fold) in _plain(row.get(field) or "", fold)


def _plain(text, fold):
    if fold:
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    return text.casefold()


def check_name_part(found, users, part):
    """`found` answers {"%NAME": part} over all users."""
    between(
        ids(found),
        ids(row for row in users if like(row, "NAME", part)),
        ids(row for row in users if like(row, "NAME", part, fold=True)),
        f"people with %NAME {part!r}",
    )


def check_name_search(found, users):
    """`found` answers a search for the sample's NAME and LAST_NAME.

    It may match more than whole words, so there is some room.
    """
    name, last_name = SAMPLE["NAME"], SAMPLE["LAST_NAME"]
    exact = [r for r in users if (r["NAME"], r["LAST_NAME"]) == (name, last_name)]
    loose = [
        r
        for r in users
        if like(r, "NAME", name, fold=True)
        and like(r, "LAST_NAME", last_name, fold=True)
    ]
    between(ids(found), ids(exact), ids(loose), f"people named {name} {last_name}")
