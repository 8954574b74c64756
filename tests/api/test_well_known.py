"""The public keys of webhooks: open to everybody, and to nobody more than that."""

import base64
from datetime import timedelta

from store.signing import public_of
from tests.api.bench import DEFAULT, Bench

PATH = "/.well-known/webhook-keys"


async def test_the_keys_that_sign_now_are_shown(bench: Bench) -> None:
    (private,) = await bench.desk.signing.private(DEFAULT)
    answer = await bench.call("GET", f"{PATH}/default")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=300")
    (key,) = (await answer.json())["keys"]
    assert key["whpk"] == public_of(private)
    assert (key["kty"], key["crv"]) == ("OKP", "Ed25519")
    assert base64.urlsafe_b64decode(key["x"] + "=") == base64.b64decode(key["whpk"].removeprefix("whpk_"))
    assert private not in await answer.text()


async def test_one_that_was_followed_is_shown_until_it_ends(bench: Bench) -> None:
    await bench.desk.signing.private(DEFAULT)
    fresh = await bench.desk.signing.rotate(DEFAULT, timedelta(hours=1))
    keys = (await (await bench.call("GET", f"{PATH}/default")).json())["keys"]
    assert [("ends_at" in key) for key in keys] == [False, True]
    bench.clock.advance(timedelta(hours=1))
    (left,) = (await (await bench.call("GET", f"{PATH}/default")).json())["keys"]
    assert left["kid"] == fresh.id


async def test_a_stranger_s_name_tells_nothing(bench: Bench) -> None:
    answer = await bench.call("GET", f"{PATH}/nobody")
    assert (answer.status, await answer.json()) == (200, {"keys": []})
