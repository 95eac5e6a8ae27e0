"""Passwords are hidden in any text, and nothing else is."""

import time
from pathlib import PurePosixPath
from typing import Any

import pytest

from kedro_sweep.redaction import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql+psycopg://me:MARK@host:5432/db", "postgresql+psycopg://***@host:5432/db"),
        ("in postgresql://me:MA/RK@[x]@host/db, or", "in postgresql://***@host/db, or"),
        ("https://MARK@host/me/it.git", "https://***@host/me/it.git"),
        ("https://MARK:x-oauth-basic@host/it", "https://***@host/it"),
        ("'me:MARK@127.0.0.1:80/a.csv'", "'***@127.0.0.1:80/a.csv'"),
        ("(https://host/a.csv?sig=MARK&x=1)", "(https://host/a.csv?***)"),
        ("host/a.csv?X-Amz-Signature=MARK", "host/a.csv?***"),
        ("https://host?sig=MARK", "https://host?***"),
        ("postgresql://host/db?user=me&password=MARK", "postgresql://host/db?***"),
        ("host=h password=MARK dbname=d", "host=h password=*** dbname=d"),
        ("{'aws_secret_access_key': 'MARK', 'a': 1}", "{'aws_secret_access_key': '***', 'a': 1}"),
        ("client_secret: MARK is wrong", "client_secret: *** is wrong"),
        ("password: MARK is wrong, token: MARK1 too", "password: *** is wrong, token: *** too"),
        ("kedro run --params a.api_key=MARK,b=1", "kedro run --params a.api_key=***,b=1"),
    ],
)
def test_a_password_in_a_text_is_hidden(text: str, expected: str) -> None:
    assert redact(text) == expected
    assert redact(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "set it to postgresql://user:password@host/database",  # the example in our messages
        "sqlite:////home/me@work/a:b@c.db",
        "https://host/me/it@v1",
        "git@host:me/it.git",
        "trials@mlflow-history, 10:30, me@example.com",
        "token_pattern=abc, n_tokens: 3",
        "Is it true? x = 1",
        "sweep.model.params.pattern=^a?b=c$",
    ],
)
def test_any_other_text_stays(text: str) -> None:
    assert redact(text) == text


def test_a_password_in_a_container_is_hidden() -> None:
    class Other:
        pass

    other = Other()
    value: dict[str, Any] = {
        "url": ["a://b:MARK@c", ("d", "e://MARK@f")],
        "path": PurePosixPath("me:MARK@host/a.csv"),
        "db": {"password": "MARK", "sweep.token": 12345, "my_secret": None, "token": {"x": 1}},
        "kept": [1, PurePosixPath("a/b"), other],
    }
    assert redact(value) == {
        "url": ["a://***@c", ("d", "e://***@f")],
        "path": "***@host/a.csv",
        "db": {"password": "***", "sweep.token": "***", "my_secret": None, "token": {"x": 1}},
        "kept": [1, PurePosixPath("a/b"), other],
    }


def test_a_long_text_is_searched_in_linear_time() -> None:
    start = time.process_time()
    redact("://a:" * 20_000)  # 23 s if each part is searched to the end
    assert time.process_time() - start < 8
