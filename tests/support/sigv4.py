"""AWS Signature Version 4, checked from what arrived: an implementation of its own, by AWS's description of the algorithm.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import parse_qsl, quote, urlsplit

from support.upstream_script import seen_request

FIELD = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, "
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def check(request: seen_request, access_key_id: str, secret: str, region: str) -> None:
    """Fails the test unless `request` is signed with this key for Bedrock in this region."""
    found = FIELD.fullmatch(request.header("authorization") or "")
    assert found is not None, request.headers
    assert (found["id"], found["region"], found["service"]) == (access_key_id, region, "bedrock")
    when = request.header("x-amz-date") or ""
    assert when.startswith(found["day"])
    names = found["names"].split(";")
    assert names == sorted(names)
    must = {"host", "x-amz-date"} | {name.lower() for name, _ in request.headers if name.lower().startswith("x-amz-")}
    assert must <= set(names), "what AWS insists on is signed"
    parts = urlsplit("http://x" + request.target)
    # Every service but S3: each segment of the path as it was sent is escaped once more.
    path = "/".join(quote(segment, safe="-_.~") for segment in parts.path.split("/"))
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(parts.query, True))
    canonical = "\n".join(
        [
            request.method,
            path,
            "&".join(f"{k}={v}" for k, v in pairs),
            *(f"{name}:{' '.join((request.header(name) or '').split())}" for name in names),
            "",
            found["names"],
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    scope = f"{found['day']}/{region}/bedrock/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n{when}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = _hmac(_hmac(_hmac(_hmac(b"AWS4" + secret.encode(), found["day"]), region), "bedrock"), "aws4_request")
    assert hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest() == found["signature"], canonical
