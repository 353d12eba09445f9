"""Who may ask the page for something: this machine, this browser, this page, and for so much.

The address opened first holds a token, exchanged for a cookie no script reads. A request that
changes something also comes from our own page (`Origin`) and repeats the token of its form.
"""

import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Documents are read under an address of their own: they are shown, and can ask for nothing.
DOCUMENTS = "/documents/"
JETON = "jeton"
POLITIQUE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A report keeps the policy it carries; here it loses the origin of the page.
POLITIQUE_DOCUMENT = "sandbox allow-scripts allow-modals allow-downloads allow-popups"
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_REFUS = {
    400: "Cette adresse n’est pas celle du bureau.",
    403: (
        "Cette page n’est ouverte qu’au navigateur lancé par « perequation bureau ». "
        "Reprenez l’adresse qu’il a affichée, ou relancez-le."
    ),
    413: "Cet envoi dépasse la taille permise.",
}


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass
class Secrets:
    """What this run of the page alone knows, and when it was last asked for something."""

    port: int
    jeton: str = field(default_factory=_secret)
    temoin: str = field(default_factory=_secret)
    formulaire: str = field(default_factory=_secret)
    documents: str = field(default_factory=_secret)
    derniere: float = field(default_factory=time.monotonic)

    @property
    def cookie(self) -> str:
        """Name of the cookie; cookies know no port, so it says which page it is for."""
        return f"perequation_bureau_{self.port}"

    @property
    def hotes(self) -> frozenset[str]:
        """What the `Host` header may be."""
        return frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})

    @property
    def adresse(self) -> str:
        """The address to open first."""
        return f"http://127.0.0.1:{self.port}/?{JETON}={self.jeton}"


class TooLargeError(Exception):
    """A request body beyond what is read."""


class Guard:
    """Refuse, before anything is read, what doesn't come from the page itself.

    Parameters
    ----------
    app
        What answers.
    known
        The secrets of this run.
    most
        Bytes a request may have.
    """

    def __init__(self, app: ASGIApp, known: Secrets, most: int) -> None:
        self._app, self._known, self._most = app, known, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        refusal = self._refuse(scope, headers)
        document = scope["path"].startswith(DOCUMENTS)
        told = _with_headers(send, document=document)
        if refusal:
            await HTMLResponse(_refusal_page(refusal), refusal)(scope, receive, told)
        elif self._brings_token(scope):
            await self._let_in(scope, receive, told)
        elif not document and not self._is_known(headers):
            await HTMLResponse(_refusal_page(403), 403)(scope, receive, told)
        else:
            self._known.derniere = time.monotonic()
            await self._answer(scope, receive, told)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, _bounded(receive, self._most), send)
        except TooLargeError:
            await HTMLResponse(_refusal_page(413), 413)(scope, receive, send)

    def _refuse(self, scope: Scope, headers: dict[str, str]) -> int:
        """Return the code of a refusal that needs no cookie to be pronounced, or 0."""
        if headers.get("host", "") not in self._known.hotes:
            return 400
        if scope["method"] not in {"GET", "HEAD"}:
            own = f"http://{headers['host']}"
            if headers.get("origin") != own or scope["path"].startswith(DOCUMENTS):
                return 403
        length = headers.get("content-length", "0")
        return 413 if not length.isdecimal() or int(length) > self._most else 0

    def _brings_token(self, scope: Scope) -> bool:
        asked = parse_qs(scope["query_string"].decode("latin-1")).get(JETON, [""])[0]
        is_first = scope["method"] == "GET" and scope["path"] == "/"
        return is_first and _same(asked, self._known.jeton)

    def _is_known(self, headers: dict[str, str]) -> bool:
        shown = cookie_parser(headers.get("cookie", "")).get(self._known.cookie, "")
        return _same(shown, self._known.temoin)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            self._known.cookie, self._known.temoin, httponly=True, samesite="strict", path="/"
        )
        await answer(scope, receive, send)


def _same(asked: str, expected: str) -> bool:
    return hmac.compare_digest(asked.encode(), expected.encode())


def is_ours(known: Secrets, form: Any) -> bool:
    """Say whether a form repeats the token written in our pages."""
    return _same(str(form.get("formulaire", "")), known.formulaire)


def _bounded(receive: Receive, most: int) -> Receive:
    """Count what comes in, whatever the request announced."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise TooLargeError
        return message

    return counted


def _with_headers(send: Send, *, document: bool) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers["content-security-policy"] = POLITIQUE_DOCUMENT if document else POLITIQUE
            if document:
                headers["referrer-policy"] = "no-referrer"
        await send(message)

    return told


def _refusal_page(code: int) -> str:
    return (
        '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Péréquation : refusé</title>'
        f"<h1>Refusé</h1><p>{_REFUS[code]}</p></html>"
    )
