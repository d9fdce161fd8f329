"""What the binary says about itself: /openapi.json and its two readers, and that it tells the truth."""

from __future__ import annotations

import re

import pytest
from support.gateway_process import gateway_process

PATHS = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/batch",
    "/v1/messages",
    "/v1/responses",
    "/v1beta/models/{model}:generateContent",
    "/v1beta/models/{model}:streamGenerateContent",
    "/v1/models/{model}:generateContent",
    "/v1/models/{model}:streamGenerateContent",
    "/v2/chat",
    "/model/{model}/converse",
    "/model/{model}/converse-stream",
    "/v1/models",
    "/v1/inference",
    "/v1/generate",
    "/v1/stream",
    "/infer",
    "/v1/feedback",
    "/v1/requests/{request_id}",
    "/health",
    "/metrics",
    "/v1/metrics/summary",
    "/v1/metrics/cache",
    "/v1/metrics/cost",
    "/v1/cache/stats",
    "/v1/cache",
]


def test_openapi_names_every_surface(gateway: gateway_process) -> None:
    got = gateway.call("GET", "/openapi.json")
    assert got.status == 200
    assert (got.header("content-type") or "").startswith("application/json")
    document = got.json()
    assert document["openapi"].startswith("3.")
    assert set(PATHS) <= set(document["paths"])


def test_documented_get_paths_exist(gateway: gateway_process) -> None:
    for path, methods in gateway.call("GET", "/openapi.json").json()["paths"].items():
        if "get" in methods and "{" not in path:
            got = gateway.call("GET", path)
            assert got.status != 404 and got.status < 500, f"{path}: {got.status}"
            assert str(got.status) in methods["get"]["responses"], f"{path}: {got.status} is not documented"


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_pages_and_their_assets_come_from_the_binary(gateway: gateway_process, page: str) -> None:
    got = gateway.call("GET", page)
    assert got.status == 200
    assert (got.header("content-type") or "").startswith("text/html")
    html = got.body.decode()
    links = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert not [link for link in links if link.startswith(("http:", "https:", "//"))], "no CDN"
    assets = [link for link in links if link.endswith((".js", ".css"))]
    assert assets
    for link in assets:
        path = link if link.startswith("/") else f"{page}/{link.removeprefix('./')}"
        asset = gateway.call("GET", path)
        assert asset.status == 200, path
        assert len(asset.body) > 100
        wanted = "javascript" if link.endswith(".js") else "text/css"
        assert wanted in (asset.header("content-type") or "")
