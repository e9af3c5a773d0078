"""Fetching from real servers on this machine: whole files, kept until they change, from nowhere that is private."""

import asyncio
import gzip
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from web_server import LAW, Answer, Asked, Server, page, to

from ingestion.adapters.http_fetching import HttpFetching
from ingestion.ports import UnreadableSourceError
from ingestion.settings import FetchLimits


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def limits(tmp_path: Path) -> FetchLimits:
    return FetchLimits(folder=tmp_path / "fetched", seconds=5, private_hosts=("127.0.0.1", "law.example"))


@pytest.fixture
def fetching(limits: FetchLimits) -> HttpFetching:
    return HttpFetching(limits, largest_mb=2, resolve=resolving({"law.example": ["127.0.0.1"]}))


def resolving(names: dict[str, list[str]]) -> Callable[[str, int], "asyncio.Future[Sequence[str]]"]:
    async def resolve(host: str, port: int) -> Sequence[str]:
        del port
        return names.get(host, [host])

    return lambda host, port: asyncio.ensure_future(resolve(host, port))


async def test_a_page_is_brought_whole_and_asked_for_politely(server: Server, fetching: HttpFetching) -> None:
    server.answers["/eli/act"] = page()
    url = server.url("/eli/act", "law.example")
    path = await fetching.fetched(url, "en")
    assert path.read_bytes() == LAW
    assert path.name == "act.html"
    assert await fetching.listed(url) == (url,)
    (asked,) = server.asked
    assert asked.headers["host"] == f"law.example:{server.port}"
    assert asked.headers["user-agent"].startswith("Toulmin/")
    assert asked.headers["accept-language"] == "en"
    assert "cookie" not in asked.headers


async def test_what_did_not_change_is_not_sent_again(server: Server, fetching: HttpFetching) -> None:
    def answer(asked: Asked) -> Answer:
        same = asked.headers.get("if-none-match") == '"1"' and asked.headers.get("if-modified-since") == "yesterday"
        kept = {"ETag": '"1"', "Last-Modified": "yesterday", "Content-Type": "text/html"}
        return Answer(status=304) if same else Answer(headers=kept, body=LAW)

    server.answers["/act"] = answer
    first = await fetching.fetched(server.url("/act"))
    assert await fetching.fetched(server.url("/act")) == first
    assert len(server.asked) == 2
    first.write_bytes(b"spoilt")
    assert (await fetching.fetched(server.url("/act"))).read_bytes() == LAW


async def test_a_new_version_is_another_file_and_the_one_before_it_stays(
    server: Server, fetching: HttpFetching
) -> None:
    paths: list[Path] = []
    for words in (b"one", b"one", b"two", b"three"):
        server.answers["/act.md"] = page(words, "text/plain")
        paths.append(await fetching.fetched(server.url("/act.md")))
    one, again, two, three = paths
    assert one == again
    assert not one.exists()
    assert (two.read_bytes(), three.read_bytes()) == (b"two", b"three")
    assert three.name == "act.md"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=404), "not there any more"),
        (Answer(status=410), "not there any more"),
        (Answer(status=401), "does not let us read it"),
        (Answer(status=403), "does not let us read it"),
        (Answer(status=202), "answered 202 Accepted instead of the file"),
        (Answer(status=304), "answered 304"),
        (Answer(status=302), "answered 302"),
        (Answer(status=503, headers={"Retry-After": "3600"}), "cannot give it now"),
        (Answer(body=b"x" * 3 * 1024**2), "larger than 2 MB"),
        (Answer(headers={"Content-Encoding": "br"}, body=b"x"), "packed as br"),
        (Answer(headers={"Content-Encoding": "gzip"}, body=b"plain words"), "not packed as it says"),
        (Answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(b"x" * 3 * 1024**2)), "larger than 2 MB"),
        (Answer(headers={"Content-Type": "image/png"}, body=b"\x89PNG\r\n"), "of a sort that no parser reads"),
    ],
)
async def test_what_is_not_the_file_is_refused_with_the_reason(
    server: Server, fetching: HttpFetching, limits: FetchLimits, answer: Answer, reason: str
) -> None:
    server.answers["/act"] = lambda _: answer
    with pytest.raises(UnreadableSourceError, match=reason) as refusal:
        await fetching.fetched(server.url("/act"))
    assert refusal.value.remedy
    assert [path for path in limits.folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("packed", [False, True])
async def test_a_file_that_is_cut_off_is_never_taken(
    server: Server, fetching: HttpFetching, limits: FetchLimits, *, packed: bool
) -> None:
    headers = {"Content-Type": "text/html"}
    cut = Answer(headers=headers, body=LAW, length=len(LAW) + 5)
    if packed:
        half = gzip.compress(LAW * 50)[:-20]
        cut = Answer(headers={**headers, "Content-Encoding": "gzip"}, body=half)
    server.answers["/act"] = page()
    before = await fetching.fetched(server.url("/act"))
    server.answers["/act"] = lambda _: cut
    with pytest.raises(UnreadableSourceError, match=r"could not be read|cut off"):
        await fetching.fetched(server.url("/act"))
    assert before.read_bytes() == LAW
    assert not list(limits.folder.rglob(".arriving*"))


async def test_what_fails_for_now_is_asked_for_again_when_the_server_says(
    server: Server, fetching: HttpFetching
) -> None:
    answers = [Answer(status=429, headers={"Retry-After": "0"}), Answer(status=503, headers={"Retry-After": "1"})]

    def answer(asked: Asked) -> Answer:
        return answers.pop(0) if answers else page()(asked)

    server.answers["/act"] = answer
    began = time.monotonic()
    assert (await fetching.fetched(server.url("/act"))).read_bytes() == LAW
    assert len(server.asked) == 3
    assert time.monotonic() - began >= 1


async def test_a_slow_drip_ends_with_the_time_of_a_file(server: Server, tmp_path: Path) -> None:
    slow = HttpFetching(FetchLimits(folder=tmp_path / "f", seconds=0.5, private_hosts=("127.0.0.0/8",)), 2)
    server.answers["/act"] = lambda _: Answer(body=b"x" * 1000, drip=0.02)
    began = time.monotonic()
    with pytest.raises(UnreadableSourceError, match="did not arrive whole in the time"):
        await slow.fetched(server.url("/act"))
    assert time.monotonic() - began < 3


async def test_two_at_a_time_ask_one_host(server: Server, fetching: HttpFetching) -> None:
    def answer(asked: Asked) -> Answer:
        time.sleep(0.05)
        return page(asked.path.encode(), "text/plain")(asked)

    for number in range(8):
        server.answers[f"/{number}"] = answer
    paths = await asyncio.gather(*(fetching.fetched(server.url(f"/{number}")) for number in range(8)))
    assert [path.read_text() for path in paths] == [f"/{number}" for number in range(8)]
    assert server.most_at_once == 2


async def test_redirects_are_followed_to_where_the_file_is(server: Server, fetching: HttpFetching) -> None:
    server.answers["/old"] = to("/older", 301)
    server.answers["/older"] = to(server.url("/act.xml", "law.example"), 308)
    server.answers["/act.xml"] = page(b"<?xml version='1.0'?><act/>", "application/akn+xml")
    path = await fetching.fetched(server.url("/old"))
    assert path.name == "act.xml"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("/loop", "redirects more than 5 times"),
        ("http://169.254.169.254/latest/meta-data/", "not an address of the public internet"),
        ("http://10.0.0.1/", "not an address of the public internet"),
        ("http://[::1]/", "not an address of the public internet"),
        ("http://inside.example/", "not an address of the public internet"),
        ("http://user:secret@law.example/", "redirects to what may not be asked"),
        ("file:///etc/passwd", "redirects to what may not be asked"),
        ("gopher://law.example/", "redirects to what may not be asked"),
    ],
)
async def test_a_redirect_to_what_is_private_is_refused(
    server: Server, limits: FetchLimits, location: str, reason: str
) -> None:
    fetching = HttpFetching(limits, 2, resolving({"inside.example": ["93.184.216.34", "192.168.1.1"]}))
    server.answers["/loop"] = to(location)
    with pytest.raises(UnreadableSourceError, match=reason):
        await fetching.fetched(server.url("/loop"))


async def test_every_new_connection_looks_at_the_name_again(server: Server, tmp_path: Path) -> None:
    answers = [["127.0.0.2"], ["10.0.0.1"]]

    async def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        return answers.pop(0)

    limits = FetchLimits(folder=tmp_path / "f", seconds=5, private_hosts=("127.0.0.0/8",))
    fetching = HttpFetching(limits, 2, resolve)
    closed = server.url("/act", "mind.example").replace(f":{server.port}", ":1")
    with pytest.raises(UnreadableSourceError, match=r"10\.0\.0\.1, which is not an address of the public internet"):
        await fetching.fetched(closed)
    assert answers == []


async def test_one_look_at_a_name_serves_one_connection(server: Server, tmp_path: Path) -> None:
    looks: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        del port
        looks.append(host)
        return ["127.0.0.1"] if len(looks) == 1 else ["169.254.169.254"]

    server.answers["/act"] = page()
    limits = FetchLimits(folder=tmp_path / "f", seconds=5, private_hosts=("127.0.0.1",))
    fetching = HttpFetching(limits, 2, resolve)
    assert (await fetching.fetched(server.url("/act", "mind.example"))).read_bytes() == LAW
    assert looks == ["mind.example"]
    with pytest.raises(UnreadableSourceError, match="not an address of the public internet"):
        await fetching.fetched(server.url("/act", "mind.example"))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:{port}/act", "not an address of the public internet"),
        ("http://localhost:{port}/act", "not an address of the public internet"),
        ("http://2130706433:{port}/act", "not an address of the public internet"),
        ("http://0x7f.1:{port}/act", "not an address of the public internet"),
        ("http://[::ffff:127.0.0.1]:{port}/act", "not an address of the public internet"),
        ("http://0.0.0.0:{port}/act", "not an address of the public internet"),
        ("http://93.184.216.34:{port}/act", "not one of the web's"),
        ("http://name:secret@law.example/act", "user or password"),
        ("http:///act", "none of the web"),
    ],
)
async def test_without_a_list_nothing_private_is_asked(server: Server, tmp_path: Path, url: str, reason: str) -> None:
    server.answers["/act"] = page()
    fetching = HttpFetching(FetchLimits(folder=tmp_path / "f", seconds=5), 2)
    with pytest.raises(UnreadableSourceError, match=reason) as refusal:
        await fetching.fetched(url.format(port=server.port))
    assert "secret" not in str(refusal.value)
    assert server.asked == []


async def test_proxies_of_the_environment_are_not_used(
    server: Server, fetching: HttpFetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answers["/act"] = page()
    assert (await fetching.fetched(server.url("/act"))).read_bytes() == LAW


async def test_the_name_is_what_the_certificate_must_say(tmp_path: Path) -> None:
    certificate = _certificate("law.example", tmp_path)
    named: list[str | None] = []
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    serving.sni_callback = lambda _, name, __: named.append(name)
    server = Server(serving)
    server.answers["/act"] = page()
    limits = FetchLimits(folder=tmp_path / "f", seconds=5, private_hosts=("127.0.0.1",))
    names = resolving({"law.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    fetching = HttpFetching(limits, 2, names, ssl.create_default_context(cafile=certificate))
    try:
        url = f"https://law.example:{server.port}/act"
        assert (await fetching.fetched(url)).read_bytes() == LAW
        assert server.asked[0].headers["host"] == f"law.example:{server.port}"
        with pytest.raises(UnreadableSourceError, match=r"cannot be trusted .*CERTIFICATE_VERIFY_FAILED"):
            await fetching.fetched(url.replace("law.", "other."))
        server.answers["/act"] = to("http://plain.example/act")
        with pytest.raises(UnreadableSourceError, match="from https to http"):
            await fetching.fetched(url)
    finally:
        server.close()
    assert set(named) == {"law.example", "other.example"}


def _certificate(name: str, folder: Path) -> Path:
    """Make a certificate that vouches for itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + plain)
    return path
