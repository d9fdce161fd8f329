#!/usr/bin/env python3
"""Builds data/prices.json from a copy of the genai-prices table.

usage: build.py SOURCE_DIR [--output data/prices.json]

SOURCE_DIR holds genai_prices_slim.json.gz and a README.md with a line that names the source commit
("pydantic/genai-prices @ <commit>"). Prices are copied as decimals, never through floating point. The output is
sorted and has one model per line, so that a new commit of the source shows as a small diff.
"""

import argparse
import gzip
import json
import pathlib
import re
import sys
from decimal import Decimal

SOURCE = "https://github.com/pydantic/genai-prices (prices/data_slim.json)"
UNITS = "input, cached_input, cache_write, cache_write_hour, output: US dollars per million tokens; per_request: US dollars"
PARTS = {
    "input_mtok": "input",
    "cache_read_mtok": "cached_input",
    "cache_write_mtok": "cache_write",
    "output_mtok": "output",
}
# The source has no price for cache writes of an hour's life. Claude models charge twice the input price for them, with
# Anthropic itself and with its resellers (https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
HOUR_WRITE_MODELS = re.compile(r"claude")
HOUR_WRITE_FACTOR = 2
# Priced parts that a token_usage does not have; a model is billed by its text prices.
PARTS_LEFT_OUT = {"input_audio_mtok", "output_audio_mtok", "cache_audio_read_mtok"}
# The few regular expressions of the source, as patterns where '#' is one digit and a final '*' is any rest.
REGEX_AS_CLAUSES = {
    r"^o[134]": [{"starts_with": f"o{n}"} for n in "134"],
    r"(?:mi|code|dev|magi|mini)stral": [{"contains": f"{p}stral"} for p in ("mi", "code", "dev", "magi", "mini")],
}
# Where each provider's API lives: `host/path` prefixes, '*' as first label for any subdomain.
API_PATTERNS = {
    r"https://bedrock-runtime\.[a-z0-9-]+\.amazonaws\.com(/|$)": ["bedrock-runtime.*.amazonaws.com"],
    r"(https?://)?([^.]*\.)?(?:openai\.azure\.com|azure-api\.net|cognitiveservices\.azure\.com)": [
        "*.openai.azure.com", "*.azure-api.net", "*.cognitiveservices.azure.com"],
    r"https://api\.cohere\.(?:ai|com)": ["api.cohere.ai", "api.cohere.com"],
    r"https://(.*\.)?googleapis\.com": ["*.googleapis.com"],
    r"https://api\.minimax(i)?\.(?:com|io)": [
        "api.minimax.com", "api.minimax.io", "api.minimaxi.com", "api.minimaxi.io"],
    r"https://api\.moonshot\.": ["api.moonshot.ai", "api.moonshot.cn"],
    r"https://(api\.)?openrouter\.ai": ["openrouter.ai", "api.openrouter.ai"],
}


def fail(message):
    sys.exit(f"build.py: {message}")


def clauses_of_regex(pattern):
    if pattern in REGEX_AS_CLAUSES:
        return REGEX_AS_CLAUSES[pattern]
    body = pattern.removeprefix("^")
    anchored_end = body.endswith("$")
    body = re.sub(r"\\d\{(\d+)\}", lambda m: "#" * int(m.group(1)), body.removesuffix("$"))
    body = body.replace(r"\d", "#").replace(r"\.", ".")
    if not pattern.startswith("^") or not re.fullmatch(r"[a-z0-9./#-]+", body):
        fail(f"regular expression {pattern!r} needs an entry in REGEX_AS_CLAUSES")
    return [{"pattern": body if anchored_end else body + "*"}]


def alternatives(rule):
    """A match rule as a list of alternatives, each a conjunction of clauses."""
    (kind, value), = rule.items()
    if kind == "or":
        return [conjunction for part in value for conjunction in alternatives(part)]
    if kind == "and":
        product = [[]]
        for part in value:
            product = [left + right for left in product for right in alternatives(part)]
        return product
    if kind == "regex":
        return [[clause] for clause in clauses_of_regex(value)]
    if kind in ("equals", "starts_with", "ends_with", "contains"):
        return [[{kind: value.lower()}]]
    return fail(f"unknown match clause {kind!r}")


def match_rules(rule):
    """Alternatives in compact form: equals first (as plain strings), then the other clauses in the source's order."""
    if rule is None:
        return []
    seen = []
    for conjunction in alternatives(rule):
        item = {"all": conjunction} if len(conjunction) > 1 else conjunction[0]
        item = item["equals"] if "equals" in item else item
        if item not in seen:
            seen.append(item)
    return sorted(i for i in seen if isinstance(i, str)) + [i for i in seen if not isinstance(i, str)]


def decimal_text(value):
    """At most nine decimals (a nano-dollar per million tokens); the source has two values with more, both repeating."""
    value = round(Decimal(value), 9)
    if value < 0:
        fail(f"price {value} is negative")
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_hour_writes(prices, where):
    """Adds what the source leaves out; only where writes have a price of their own."""
    if "cache_write" not in prices or not HOUR_WRITE_MODELS.search(where.lower()):
        return prices
    return prices | {"cache_write_hour": decimal_text(Decimal(prices["input"]) * HOUR_WRITE_FACTOR)}


def price_set(prices, where):
    """The source's price object as {input, …, tiers: [{above, …}]}."""
    unknown = set(prices) - set(PARTS) - PARTS_LEFT_OUT - {"requests_kcount"}
    if unknown:
        fail(f"{where}: unknown prices {sorted(unknown)}")
    starts = sorted({t["start"] for k, v in prices.items() if k in PARTS and isinstance(v, dict) for t in v["tiers"]})
    out = {}
    tiers = [{"above": start} for start in starts]
    for key, part in PARTS.items():
        value = prices.get(key)
        if value is None:
            continue
        out[part] = decimal_text(value["base"] if isinstance(value, dict) else value)
        for tier in tiers:
            steps = [] if not isinstance(value, dict) else [t for t in value["tiers"] if t["start"] <= tier["above"]]
            tier[part] = decimal_text(max(steps, key=lambda t: t["start"])["price"]) if steps else out[part]
    out = with_hour_writes(out, where)
    tiers = [with_hour_writes(tier, where) for tier in tiers]
    if "requests_kcount" in prices:
        out["per_request"] = decimal_text(Decimal(prices["requests_kcount"]) / 1000)
    if tiers:
        out["tiers"] = tiers
    return out


def seconds_of(clock_time):
    hours, minutes, seconds = (int(x) for x in clock_time.removesuffix("Z").split(":"))
    return hours * 3600 + minutes * 60 + seconds


def periods(model, where):
    out = []
    for conditional in model["prices"]:
        limits = conditional.get("constraint") or {}
        period = {}
        if "start_date" in limits:
            period["from"] = limits["start_date"]
        if "start_time" in limits:
            period["daily_from_s"] = seconds_of(limits["start_time"])
            period["daily_until_s"] = seconds_of(limits["end_time"])
        if set(limits) - {"start_date", "start_time", "end_time"}:
            fail(f"{where}: unknown constraint {limits}")
        out.append(period | price_set(conditional["prices"], where))
    return out


def model_entry(model, where):
    entry = {"id": model["id"]}
    rules = match_rules(model["match"])
    if rules != [model["id"].lower()]:
        entry["match"] = rules
    if isinstance(model["prices"], list):
        entry["periods"] = periods(model, where)
    else:
        entry |= price_set(model["prices"], where)
    return entry


def api_prefixes(pattern):
    if pattern in API_PATTERNS:
        return API_PATTERNS[pattern]
    plain = pattern.removeprefix("https://").replace("\\.", ".")
    if not re.fullmatch(r"[a-z0-9./-]+", plain):
        fail(f"api_pattern {pattern!r} needs an entry in API_PATTERNS")
    return [plain]


def provider_head(provider):
    head = {"id": provider["id"], "name": provider["name"], "sources": provider["pricing_urls"],
            "api": api_prefixes(provider["api_pattern"])}
    optional = {"alias": match_rules(provider.get("provider_match")),
                "claims": match_rules(provider.get("model_match")),
                "fallback": provider.get("fallback_model_providers", [])}
    return head | {key: value for key, value in optional.items() if value}


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def render(header, providers):
    lines = ["{"] + [f"{compact(key)}: {compact(value)}," for key, value in header.items()] + ['"providers": [']
    for number, provider in enumerate(providers):
        # The source's order is kept within a provider: the first model that matches wins.
        models = [model_entry(m, f"{provider['id']}/{m['id']}") for m in provider["models"]]
        lines.append(compact(provider_head(provider))[:-1] + ',"models":[')
        lines += [compact(m) + ("," if i + 1 < len(models) else "") for i, m in enumerate(models)]
        lines.append("]}" + ("," if number + 1 < len(providers) else ""))
    return "\n".join(lines + ["]}"]) + "\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("source_dir", type=pathlib.Path)
    arguments.add_argument("--output", type=pathlib.Path,
                           default=pathlib.Path(__file__).resolve().parents[2] / "data" / "prices.json")
    arguments.add_argument("--date", required=True, help="day on which the source was taken, YYYY-MM-DD")
    options = arguments.parse_args()

    commit = re.search(r"pydantic/genai-prices @ ([0-9a-f]{7,40})", (options.source_dir / "README.md").read_text())
    if not commit:
        fail("README.md names no commit of pydantic/genai-prices")
    with gzip.open(options.source_dir / "genai_prices_slim.json.gz", "rt") as file:
        providers = json.load(file, parse_float=Decimal)
    header = {"format": "inferenceflow-prices-1", "source": SOURCE, "commit": commit.group(1), "date": options.date,
              "licence": "MIT", "units": UNITS}
    options.output.write_text(render(header, sorted(providers, key=lambda p: p["id"])))
    print(f"{options.output}: {len(providers)} providers, {sum(len(p['models']) for p in providers)} models, "
          f"{options.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
